// Which of a file's outputs a network gives, and what is known of its classes. Exporters of classifiers add labels and
// lists of probabilities by class to the scores that networks are about.
import { type Fault, quoted } from "../formats/file-fault.ts";
import { concat, log, maximum, mul } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import type { Tensor } from "../tensor/index.ts";
import type { ParsedModel, ParsedNode } from "./parsed-model.ts";
import { numberKindOf } from "./stored-tensor.ts";

export interface ChosenOutput {
  /** the value that is to be computed */
  readonly output: string;
  /** what becomes of it at last */
  readonly finish: (output: Tensor) => Tensor;
}

type Producers = ReadonlyMap<string, ParsedNode>;

export const asItIs = (output: Tensor): Tensor => output;

/** The smallest float32 with all its digits: of no probability at all there is no logarithm. */
const leastProbability = 2 ** -126;

/**
 * @param wanted the name of an output; default: the first that is no label
 * @param logits whether probabilities become scores
 * @throws OptionError where there is none of that name
 * @throws DataError, by `fault`, for a file without outputs
 */
export function chosenOutput(
  model: ParsedModel,
  producers: Producers,
  wanted: string | undefined,
  logits: boolean,
  fault: Fault,
): ChosenOutput {
  const names = model.outputs.map(({ name }) => name);
  if (wanted !== undefined && !names.includes(wanted)) {
    const expected = names.map(quoted).join(", ");
    throw new OptionError(
      `loadOnnx: there is no such output, got ${quoted(wanted)}, expected ${expected}`,
      "output",
      wanted,
    );
  }
  const scores = model.outputs.find(({ name, type }) =>
    type === 0 ? producers.get(name)?.op === "ZipMap" : numberKindOf(type) === "float",
  );
  const name = wanted ?? scores?.name ?? names[0];
  if (name === undefined) throw fault("has no outputs", 0, "0", "one at least");
  return logits ? scoresOf(name, producers, isProbability(name, producers)) : { output: name, finish: asItIs };
}

/** The node behind what only hands its input on. */
function origin(name: string, producers: Producers): ParsedNode | undefined {
  const seen = new Set<ParsedNode>();
  for (let at = name; ; ) {
    const node = producers.get(at);
    if (node === undefined || seen.has(node) || !["Identity", "Cast", "ZipMap"].includes(node.op)) return node;
    seen.add(node);
    at = node.inputs[0] ?? "";
  }
}

function isProbability(name: string, producers: Producers): boolean {
  const node = origin(name, producers);
  if (node?.op === "LinearClassifier") return node.attributes.text("post_transform", "NONE") !== "NONE";
  return node?.op === "Normalizer" || producers.get(name)?.op === "ZipMap" || /prob/i.test(name);
}

function scoresOf(name: string, producers: Producers, areProbabilities: boolean): ChosenOutput {
  const node = origin(name, producers);
  const before = node?.inputs[0];
  // along the last axis of [N, K], which is the first one too in files up to operator set 12
  const isLast = node !== undefined && [1, -1].includes(node.attributes.int("axis", -1));
  if (node?.op === "Softmax" && before !== undefined && isLast) return { output: before, finish: asItIs };
  if (node?.op === "LogSoftmax") return { output: name, finish: asItIs };
  if (node?.op === "Sigmoid" && before !== undefined) {
    return { output: before, finish: (x) => (isColumn(x) ? concat([mul(x, 0), x], 1) : x) };
  }
  const finish = (x: Tensor): Tensor => log(maximum(x, leastProbability));
  return { output: name, finish: areProbabilities || node?.op === "Softmax" ? finish : asItIs };
}

const isColumn = ({ rank, shape }: Tensor): boolean => rank === 2 && shape[1] === 1;

/** What a classifier calls its classes, in the order of its scores; undefined where the file does not say. */
export function classNamesOf(model: ParsedModel, producers: Producers): readonly string[] | undefined {
  for (const { op, domain, attributes } of model.nodes) {
    if (domain !== "ai.onnx.ml") continue;
    const texts = attributes.texts("classlabels_strings") ?? [];
    const numbers = attributes.ints(op === "ZipMap" ? "classlabels_int64s" : "classlabels_ints") ?? [];
    if (["ZipMap", "LinearClassifier"].includes(op) && texts.length + numbers.length > 0) {
      return texts.length > 0 ? texts : numbers.map(String);
    }
  }
  // networks look the place of the largest score up in a list
  const lookUp = model.nodes.find(
    ({ op, inputs }) => op === "ArrayFeatureExtractor" && origin(inputs[1] ?? "", producers)?.op === "ArgMax",
  );
  const tensor = model.tensors.find(({ name }) => name === lookUp?.inputs[0]);
  if (tensor === undefined) return undefined;
  if (tensor.numbers !== null) return Array.from(tensor.readNumbers(), String);
  return tensor.dtype === "type 8" ? tensor.readTexts() : undefined;
}
