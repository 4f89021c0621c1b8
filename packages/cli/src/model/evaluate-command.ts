// `tatami evaluate`: a model on a data set it may not have seen.
import { predict } from "tatamijs/train";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { dataSource } from "../data/data-source.ts";
import { openEither, residenceOf } from "../data/opened-data.ts";
import { terminalOf } from "../drawing/terminal.ts";
import { backendChoices, chooseBackend } from "../machine/backend-choice.ts";
import { classificationMetrics } from "./classification-metrics.ts";
import { evaluationText } from "./evaluation-report.ts";
import { namesOf } from "./predict-command.ts";
import { storedModel } from "./stored-model.ts";

export interface EvaluateOptions {
  data?: string;
  split?: string;
  limit?: number;
  shape?: number[];
  backend?: string;
  threads?: number;
  json?: boolean;
}

/** @returns the exit code */
export async function evaluateCommand(path: string, options: EvaluateOptions): Promise<number> {
  const { data: dataName = "mnist", limit, threads, json } = options;
  const wish = known("backend", options.backend ?? "auto", backendChoices);
  const { model, name, imageShape, preprocessing } = await storedModel(path, options.shape);
  const source = await dataSource(dataName);
  const [channels] = imageShape;
  const { mean, std } = preprocessing;
  const normalization =
    mean === undefined && std === undefined
      ? undefined
      : { mean: mean ?? new Array<number>(channels).fill(0), std: std ?? new Array<number>(channels).fill(1) };
  const open = { split: options.split, preferred: "test", limit, imageShape, normalization } as const;
  const { streamed } = await residenceOf(source, imageShape, open);
  const data = await openEither(source, streamed, open);
  if (data.imageShape.some((length, axis) => length !== imageShape[axis])) {
    throw new UsageError(
      `${dataName} does not fit the model, got images of [${data.imageShape.join(", ")}], expected [${imageShape.join(", ")}]`,
    );
  }
  const { name: backend } = await chooseBackend({ backend: wish, threads });
  const { labels, probabilities, classes } = await predict(model, data, { backend });
  const classNames = preprocessing.classNames ?? (data.classes === classes ? data.classNames : null);
  const names = namesOf(path, classNames ?? undefined, classes);
  const truth = classesOf(data.labels, data.classNames, names, classes, dataName);
  const metrics = classificationMetrics(truth, labels, probabilities);
  const output = terminalOf(process.stdout);
  const title = { model: name, data: dataName, split: data.split };
  output.write(
    json
      ? `${JSON.stringify({ ...title, model: path, classNames: names, ...metrics })}\n`
      : evaluationText(title, names, metrics, output),
  );
  return 0;
}

/**
 * The data's labels as the model numbers its classes: by name where both have names, else by number.
 * @throws UsageError for a class that the model does not know
 */
function classesOf(
  labels: Int32Array,
  dataNames: readonly string[] | null,
  modelNames: readonly string[],
  classes: number,
  dataName: string,
): Int32Array {
  if (dataNames !== null) {
    const places = dataNames.map((name) => modelNames.indexOf(name));
    const missing = dataNames.filter((_, index) => places[index] < 0);
    if (missing.length === 0) return labels.map((label) => places[label]);
    // numbers stand for names where the data have none
    if (dataNames.some((name, index) => name !== String(index))) {
      throw new UsageError(
        `${dataName} has classes that the model does not know, got ${missing.slice(0, 5).join(", ")}, expected some of ${modelNames.join(", ")}`,
      );
    }
  }
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (largest < classes) return labels;
  throw new UsageError(
    `${dataName} has classes that the model does not know, got ${largest}, expected 0 to ${classes - 1}`,
  );
}
