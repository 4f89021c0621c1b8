// Networks of nn as ONNX models, as they are in evaluation: what other runtimes need to run them. Looking into ONNX files is
// read-onnx.ts.
import type { ArrayMap } from "../formats/array-data.ts";
import { weightNames } from "../model-file/weight-names.ts";
import { weightsOf } from "../model-file/weights.ts";
import { Sequential } from "../nn/index.ts";
import type { AnyModule } from "../nn/module.ts";
import { zeros } from "../ops/index.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { checkShape, type Shape } from "../shape/shape.ts";
import type { Variable } from "../tensor/variable.ts";
import { type LayerWriter, layerWriters } from "./layer-nodes.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { OnnxModel } from "./onnx-model.ts";
import { rewritten } from "./rewritten-model.ts";

export interface OnnxOptions {
  /** of one sample, without the batch's axis, such as [C, H, W]; each ≥ 1 */
  readonly inputShape: Shape;
  /** of the graph; default "tatami" */
  readonly name?: string | undefined;
  /** operator set, an integer from 13 to 22; default 17 */
  readonly opset?: number | undefined;
  /** texts by name that the file carries; default none */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const opsets = { lowest: 13, default: 17, highest: 22 } as const;

/** Protobuf's readers take no longer message. */
const mostBytes = 2 ** 31 - 1;

/** Stands for the batch where shapes are worked out; any other number would do. */
const trialBatch = 2;

/** Of a network that was made of an ONNX file. */
export type RewriteOptions = Pick<OnnxOptions, "metadata">;

/** The bytes of the file that `loadOnnx` made the model of, with the weights that it has now. */
export async function writeOnnx(model: OnnxModel, options?: RewriteOptions): Promise<Uint8Array<ArrayBuffer>>;
/**
 * The bytes of an ONNX model that computes what `model.eval()` does: float32 "input" [N, ...inputShape], "output" [N, ...],
 * any N. Weights have the names that PyTorch's state_dict gives them. Dropout is left out.
 * @throws OptionError where layers are not of nn (all are named), or an option is out of range
 * @throws ShapeError where the input does not fit the model
 * @throws DataError where the weights are beyond protobuf's 2 GiB
 * @throws Error for a parameter that is not initialised
 */
export async function writeOnnx(model: AnyModule, options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>>;
export async function writeOnnx(
  model: AnyModule,
  options: OnnxOptions | RewriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return encode("writeOnnx", model, options);
}

/** Writes the file that `loadOnnx` made the model of, with the weights that it has now. Node only. */
export async function saveOnnx(model: OnnxModel, path: string | URL, options?: RewriteOptions): Promise<void>;
/**
 * Writes an ONNX file. Node only; an earlier file is replaced at the end.
 * @throws what `writeOnnx` does, and DataError where the file cannot be written
 */
export async function saveOnnx(model: AnyModule, path: string | URL, options: OnnxOptions): Promise<void>;
export async function saveOnnx(
  model: AnyModule,
  path: string | URL,
  options: OnnxOptions | RewriteOptions = {},
): Promise<void> {
  const bytes = await encode("saveOnnx", model, options);
  const { writeFile } = await import("../formats/node-file.ts");
  await writeFile(path, [bytes]);
}

async function encode(
  op: string,
  model: AnyModule,
  options: OnnxOptions | RewriteOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (model instanceof OnnxModel) return rewritten(model, options.metadata ?? {});
  if (!("inputShape" in options)) {
    throw new OptionError(
      `${op}: inputShape is missing, got undefined, expected that of a sample`,
      "inputShape",
      undefined,
    );
  }
  const { inputShape, name = "tatami", opset = opsets.default, metadata = {} } = options;
  if (!Number.isInteger(opset) || opset < opsets.lowest || opset > opsets.highest) {
    const expected = `an integer from ${opsets.lowest} to ${opsets.highest}`;
    throw new OptionError(`${op}: opset is out of range, got ${opset}, expected ${expected}`, "opset", opset);
  }
  checkShape(op, inputShape);
  const layers = layersOf(op, model);
  for (const [path, parameter] of model.namedParameters()) {
    if (!parameter.initialized) {
      throw new Error(`${op}: ${path} is not initialised, call model.initialize(seed) or load its weights first`);
    }
  }
  const weights = await weightsOf(model);
  expectBytes(op, weights);
  const graph = new OnnxGraph(opset);
  const names = new Map<Variable, string>();
  for (const { variable, fileName } of weightNames(model).weights) {
    const { shape, values } = weights[fileName]!;
    graph.weight(fileName, { shape, values: values as Float32Array });
    names.set(variable, fileName);
  }
  const weight = (variable: Variable): string => names.get(variable)!;
  const output = inEvaluation(model, () => {
    let value = graph.input;
    let x = zeros([trialBatch, ...inputShape]);
    for (const { path, module, write } of layers) {
      const y = module.forward(x);
      graph.enter(path);
      value = write(module, value, { graph, path, shape: x.shape, outputShape: y.shape, weight });
      // nothing is computed: only the shape is of interest
      x = zeros(y.shape);
    }
    return { value, sample: x.shape.slice(1) };
  });
  return graph.encode(output.value, { name, inputShape, outputShape: output.sample, metadata });
}

interface PlacedLayer {
  readonly path: string;
  readonly module: AnyModule;
  readonly write: LayerWriter;
}

/** The layers in the order they are run. @throws OptionError that lists those that have no ONNX form */
function layersOf(op: string, model: AnyModule): PlacedLayer[] {
  const layers: PlacedLayer[] = [];
  const unknown: string[] = [];
  const visit = (module: AnyModule, path: string): void => {
    const made: { readonly name: string } = module.constructor;
    const write = layerWriters.get(made);
    if (made === Sequential) {
      for (const [name, child] of module.namedChildren()) visit(child, path === "" ? name : `${path}.${name}`);
    } else if (write === undefined) unknown.push(path === "" ? `the model (${made.name})` : `${path} (${made.name})`);
    else layers.push({ path, module, write });
  };
  visit(model, "");
  if (unknown.length > 0) {
    throw new OptionError(
      `${op}: layers have no ONNX form, got ${unknown.join(", ")}, expected layers of nn in Sequential`,
      "model",
      unknown,
    );
  }
  return layers;
}

function expectBytes(op: string, weights: ArrayMap): void {
  const bytes = Object.values(weights).reduce((total, { values }) => total + values.byteLength, 0);
  if (bytes > mostBytes) {
    throw new DataError(`${op}: weights are too large, got ${bytes} bytes, expected at most ${mostBytes}`, "model");
  }
}

/** Runs `body` with the model in evaluation mode, and leaves every module in the mode it was in. */
function inEvaluation<T>(model: AnyModule, body: () => T): T {
  const modes = model.namedModules().map(([, module]) => [module, module.training] as const);
  model.eval();
  try {
    return body();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}
