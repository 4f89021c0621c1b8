// A network of an ONNX file: what other programs exported, to be run, trained on and stored here. Looking into a file without
// making a network of it is read-onnx.ts.
import { type BinaryInput, openSource } from "../formats/byte-source.ts";
import { type Fault, faultsOf, quoted } from "../formats/file-fault.ts";
import type { LoadedModel } from "../model-file/index.ts";
import { fansOf } from "../nn/index.ts";
import { full } from "../ops/index.ts";
import { DTypeError, OptionError, ShapeError } from "../shape/errors.ts";
import { fetchExternal } from "./external-data.ts";
import { type GraphPlan, planOf, producersOf } from "./graph-plan.ts";
import { HostArray } from "./host-array.ts";
import { attributeWeightName, type GraphWeight, OnnxModel } from "./onnx-model.ts";
import { chosenOutput, classNamesOf } from "./outputs.ts";
import { type ParsedNode, parseModel } from "./parsed-model.ts";
import { preprocessingOf } from "./preprocessing.ts";
import { numberKindOf, type StoredTensor } from "./stored-tensor.ts";
import { type Role, roleOf, usesOf } from "./weight-roles.ts";

export interface LoadOnnxOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  readonly source?: string | undefined;
  /** which of its outputs the model gives; default: the first that holds no labels */
  readonly output?: string | undefined;
  /**
   * Whether the model gives scores where its file's gives probabilities, as `crossEntropy` and `predict` take them: a
   * softmax at the end is left out, other probabilities become logarithms, one column of a sigmoid the scores of two
   * classes. Default false.
   */
  readonly logits?: boolean | undefined;
  /** of dropout's masks, an integer in [0, 2³²); default 0 */
  readonly seed?: number | undefined;
  /** files that hold the weights of large models, by the names that it knows them under; default: those in its folder */
  readonly externalData?: Readonly<Record<string, BinaryInput>> | undefined;
}

export interface LoadedOnnx extends LoadedModel {
  readonly model: OnnxModel;
  /** the name of the output that the model gives */
  readonly output: string;
}

/** Stands for the batch while it is seen whether shapes fit; any other number would do. */
const trialBatch = 2;

/**
 * A network of an ONNX file of operator sets 7 to 25, as PyTorch, Keras (tf2onnx) and scikit-learn (skl2onnx) export it. In
 * evaluation it computes what the file does; in training, batch normalisation goes by the batch and moves its running
 * statistics as PyTorch's does, and dropout drops. Parameters are the constants that weights are made of: those of
 * convolutions, products, norms and slopes, and what is added or multiplied and is more than a number. Those that are
 * subtracted or divided by are buffers, which training leaves alone. Of the operators, docs/onnx.md has the list.
 * @param input a path or file: URL (Node), a Blob or File, or bytes
 * @throws DataError naming file, offset and fault: for a damaged file, and for operators that are not supported, all at once
 * @throws OptionError for an output that the file does not have, or a seed out of range
 */
export async function loadOnnx(input: BinaryInput, options: LoadOnnxOptions = {}): Promise<LoadedOnnx> {
  const { source, seed = 0, logits = false, externalData = {} } = options;
  const bytes = await openSource(input, source);
  try {
    if (seed !== seed >>> 0) {
      const expected = "an integer from 0 to 4294967295";
      throw new OptionError(`loadOnnx: seed is out of range, got ${seed}, expected ${expected}`, "seed", seed);
    }
    const fault = faultsOf("onnx", bytes.name);
    const file = await bytes.read(0, bytes.size);
    const parsed = parseModel(file, fault);
    const producers = producersOf(parsed, fault);
    const { output, finish } = chosenOutput(parsed, producers, options.output, logits, fault);
    const plan = planOf(parsed, [output], fault);
    const needed = new Set(plan.parsed.flatMap(({ inputs }) => inputs));
    const tensors = [...plan.tensors.values()].filter(({ name }) => needed.has(name));
    await fetchExternal(parsed.tensors, { model: input, given: externalData });
    const model = inFile(fault, () => {
      const made = new OnnxModel({ file, fault, plan, output, finish, ...weightsAndConstants(plan, tensors) });
      expectShapes(made.restore(seed).eval());
      return made;
    });
    const texts = preprocessingOf(parsed.metadata);
    const classNames = texts.classNames ?? classNamesOf(parsed, producers);
    return { model, output: options.output ?? output, inputShape: sampleShape(model), ...texts, classNames };
  } finally {
    await bytes.close();
  }
}

function weightsAndConstants(
  plan: GraphPlan,
  tensors: readonly StoredTensor[],
): { weights: GraphWeight[]; constants: ReadonlyMap<string, HostArray> } {
  const uses = usesOf(plan.parsed);
  const weights: GraphWeight[] = [];
  const constants = new Map<string, HostArray>();
  for (const tensor of tensors) {
    const { name, shape, numbers } = tensor;
    if (numbers === null) continue;
    const role = roleOf(tensor, uses, plan.producers);
    if (role.role === "constant") constants.set(name, new HostArray(shape, numbers, tensor.readNumbers()));
    else weights.push({ ...role, name, shape, values: tensor.read().values });
  }
  return { weights: [...weights, ...plan.parsed.flatMap(attributeWeights)], constants };
}

/** Attributes that hold weights, by operator: linear models and scalers have no constants. */
const weightAttributes: Readonly<Record<string, readonly (readonly [string, Role])[]>> = {
  Scaler: [
    ["offset", "buffer"],
    ["scale", "buffer"],
  ],
  LinearClassifier: [
    ["coefficients", "parameter"],
    ["intercepts", "parameter"],
  ],
  LinearRegressor: [
    ["coefficients", "parameter"],
    ["intercepts", "parameter"],
  ],
};

function attributeWeights(node: ParsedNode): GraphWeight[] {
  const listed =
    node.domain === "ai.onnx.ml" && Object.hasOwn(weightAttributes, node.op) ? weightAttributes[node.op]! : [];
  return listed.flatMap(([attribute, role]): GraphWeight[] => {
    const values = node.attributes.floats(attribute);
    if (values === null) return [];
    const shape = [values.length];
    const initializer = attribute === "coefficients" ? "fanInUniform" : "zeros";
    return [{ name: attributeWeightName(node, attribute), role, initializer, fans: fansOf(shape), shape, values }];
  });
}

/** Whatever does not fit in the graph is the file's fault. */
function inFile<T>(fault: Fault, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof DTypeError || error instanceof OptionError)) throw error;
    throw fault(
      "has a graph that does not fit together",
      0,
      quoted(error.message),
      "nodes that take what they get",
      error,
    );
  }
}

/** Builds the graph once, where the file says what it takes. */
function expectShapes(model: OnnxModel): void {
  const inputs = model.parts.plan.inputs.map(({ shape, type }) => {
    if (shape === null || shape.slice(1).some((size) => typeof size === "string")) return null;
    const sizes = shape.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? trialBatch : 1));
    return full(sizes, 0, numberKindOf(type) === "int" ? "int32" : "float32");
  });
  if (inputs.every((input) => input !== null)) model.call(...inputs);
}

/** Without the batch's axis; undefined where some of it is free. */
function sampleShape({ inputs }: OnnxModel): readonly number[] | undefined {
  const sizes = inputs[0]?.shape?.slice(1) ?? [];
  return sizes.length > 0 && sizes.every((size) => typeof size === "number") ? sizes : undefined;
}
