// `tatami export`: a trained model for other programs, as one file.
import { existsSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { type ArrayMap, saveNpz, saveSafetensors } from "tatamijs/formats";
import { save } from "tatamijs/model-file";
import { layersOf, OnnxModel, saveOnnx } from "tatamijs/onnx";
import { OptionError } from "tatamijs/shape";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { grouped } from "../drawing/numbers.ts";
import { terminalOf } from "../drawing/terminal.ts";
import { type TrainedModel, trainedModel } from "../training/trained-model.ts";
import { saveCsv } from "./csv-weights.ts";

export interface ExportOptions {
  format?: string;
  out?: string;
  step?: number;
  inputShape?: readonly number[];
  json?: boolean;
}

const formats = {
  onnx: writeOnnxFile,
  safetensors: writeSafetensorsFile,
  npz: (file: string, { weights }: TrainedModel) => saveNpz(file, weights),
  csv: (file: string, { weights }: TrainedModel) => saveCsv(file, weights),
} as const satisfies Record<string, (file: string, trained: TrainedModel) => Promise<void>>;

type FormatName = keyof typeof formats;

const formatNames = Object.keys(formats) as FormatName[];

/** @returns the exit code */
export async function exportCommand(path: string, options: ExportOptions): Promise<number> {
  const format = formatOf(options);
  // a file of Tatami's is there to predict and train with, which take scores; other runtimes get what the model gave
  const found = await trainedModel(path, options.step, { logits: format === "safetensors" });
  const trained = { ...found, inputShape: options.inputShape ?? found.inputShape };
  const out = options.out ?? defaultName(trained.name, format);
  if (existsSync(out) && resolve(out) === resolve(path)) {
    throw new UsageError(`--out is the model itself, got ${out}, expected another file`);
  }
  await formats[format](out, trained);
  const { weights, step, averaged } = trained;
  const bytes = statSync(out).size;
  const tensors = Object.keys(weights).length;
  const values = valuesOf(weights);
  const output = terminalOf(process.stdout);
  if (options.json) {
    output.write(`${JSON.stringify({ out, format, bytes, tensors, values, step, averaged })}\n`);
  } else {
    const from = step === null ? "" : `, step ${grouped(step)}${averaged ? ", moving averages" : ""}`;
    output.write(`${out}  ${format}, ${grouped(bytes)} bytes: ${tensors} tensors, ${grouped(values)} values${from}\n`);
  }
  return 0;
}

/** @throws UsageError where it is neither said nor seen from --out, or unknown */
function formatOf({ format, out }: ExportOptions): FormatName {
  const ending = extname(out ?? "").slice(1);
  const seen = formatNames.find((name) => name === ending);
  if (format !== undefined) return known("format", format, formatNames);
  if (seen !== undefined) return seen;
  throw new UsageError(`--format is missing, got none, expected one of ${formatNames.join(", ")}`);
}

/** @throws UsageError where there is a file of that name: it was not asked for */
function defaultName(name: string, format: FormatName): string {
  const out = `${name}.${format}`;
  if (!existsSync(out)) return out;
  throw new UsageError(`${out} is there already, got no --out, expected it`);
}

async function writeOnnxFile(
  file: string,
  { name, model, inputShape, metadata, ...rest }: TrainedModel,
): Promise<void> {
  if (model === null) {
    throw new UsageError(
      `${name} holds weights alone, got no architecture for onnx, expected a file that save made; safetensors, npz and csv need none`,
    );
  }
  const { mean, std, classNames } = rest;
  const preprocessing = Object.entries({ mean, std, classNames })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, JSON.stringify(value)]);
  const texts = { ...metadata, ...Object.fromEntries(preprocessing) };
  if (model instanceof OnnxModel) {
    await saveOnnx(model, file, { metadata: texts });
    return;
  }
  if (inputShape === undefined) {
    throw new UsageError(`the model does not say what it takes, got no --input-shape, expected it, such as 1,28,28`);
  }
  await saveOnnx(model, file, {
    name,
    inputShape,
    metadata: texts,
  });
}

/** With its architecture where it can be described, so that `load` and `tatami inspect` know it. */
async function writeSafetensorsFile(file: string, trained: TrainedModel): Promise<void> {
  const { model, weights, metadata, inputShape, mean, std, classNames } = trained;
  if (model !== null) {
    try {
      const described = model instanceof OnnxModel ? layersOf(model) : model;
      await save(described, file, { metadata, inputShape, mean, std, classNames });
      return;
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      if (model instanceof OnnxModel) {
        console.error(`tatami: the file holds the weights alone, by their names: ${error.message}`);
      }
    }
  }
  await saveSafetensors(file, weights, { metadata: { format: "pt", ...metadata } });
}

function valuesOf(weights: ArrayMap): number {
  return Object.values(weights).reduce((total, { values }) => total + values.length, 0);
}
