// A network of an ONNX file as layers of nn, where it is a chain of operators that each are one. What is no chain stays an
// OnnxModel.
import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  GlobalMaxPool2d,
  LeakyReLU,
  Linear,
  LogSoftmax,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
  Sigmoid,
  Softmax,
  Softplus,
  Tanh,
} from "../nn/index.ts";
import { zeros } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";
import type { Variable } from "../tensor/index.ts";
import type { PlannedNode } from "./graph-plan.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { asItIs } from "./outputs.ts";
import { numberKindOf } from "./stored-tensor.ts";

/** Where a node of the chain stands. */
interface Link {
  readonly node: PlannedNode;
  /** of what comes in */
  readonly shape: Shape;
  /** the weight at an input; null where there is none, or it is computed */
  readonly weight: (index: number) => Variable | null;
  /** integers of a constant input */
  readonly integers: (index: number) => readonly number[] | null;
}

/** The layer that a node is; null where it is none. */
type LayerOf = (link: Link) => Module | null;

const trialBatch = 2;

/**
 * The same network as layers of nn, which `save` can describe and `writeOnnx` can write.
 * @param model of `loadOnnx`, with an input shape that its file says
 * @returns in evaluation mode, with weights of its own
 * @throws OptionError naming the node at which it is no chain of layers
 */
export function layersOf(model: OnnxModel): Sequential {
  const { plan, output, constants, finish } = model.parts;
  const [input, ...others] = plan.inputs;
  const sizes = input?.shape?.slice(1) ?? [];
  const isKnown = sizes.every((size): size is number => typeof size === "number");
  if (input === undefined || others.length > 0 || sizes.length === 0 || !isKnown) {
    throw refusal("its inputs", "one of a known shape");
  }
  const layers: Module[] = [];
  let shape: Shape = [trialBatch, ...sizes];
  let at = input.name;
  const nodes = [...plan.nodes];
  for (let node = nodes.shift(); node !== undefined; node = nodes.shift()) {
    const weight = (index: number): Variable | null => model.variables.get(node!.inputs[index] ?? "") ?? null;
    const integers = (index: number): readonly number[] | null =>
      constants.get(node!.inputs[index] ?? "")?.list() ?? null;
    const isNext = node.inputs[0] === at && !node.inputs.slice(1).includes(at);
    const make = Object.hasOwn(table, node.op) ? table[node.op]! : null;
    if (isNext && isPassage(node)) {
      at = node.outputs[0]!;
      continue;
    }
    // the bias of a product is a node of its own
    const next = nodes[0];
    const biasName = node.op === "MatMul" && next?.op === "Add" ? biasOf(next, node.outputs[0]!) : null;
    const bias = biasName === null ? null : (model.variables.get(biasName) ?? null);
    const layer = isNext
      ? bias === null
        ? make?.({ node, shape, weight, integers })
        : product(weight(1), bias)
      : null;
    if (layer === null || layer === undefined) throw refusal(node.label, "an operator that is a layer of nn");
    if (bias !== null) nodes.shift();
    layer.eval();
    shape = layer.forward(zeros(shape)).shape;
    layers.push(layer);
    at = bias === null ? node.outputs[0]! : next!.outputs[0]!;
  }
  if (at !== output || finish !== asItIs) throw refusal("its output", "the end of a chain");
  return new Sequential(...layers).eval();
}

/** Nodes that hand on what they get, once all is float32. */
const isPassage = ({ op, attributes }: PlannedNode): boolean =>
  op === "Identity" || op === "ZipMap" || (op === "Cast" && numberKindOf(attributes.int("to", 0)) === "float");

function refusal(what: string, expected: string): OptionError {
  return new OptionError(`layersOf: the graph is no chain of layers, got ${what}, expected ${expected}`, "model", what);
}

function biasOf({ inputs }: PlannedNode, product: string): string | null {
  const [other] = inputs.filter((name) => name !== product);
  return inputs.length === 2 && other !== undefined ? other : null;
}

function filled<M extends Module>(
  layer: M,
  weights: readonly (readonly [Variable | null, ArrayLike<number> | null])[],
): M {
  for (const [variable, values] of weights) if (variable !== null && values !== null) variable.set(values);
  return layer;
}

const valuesOf = (variable: Variable | null): ArrayLike<number> | null => variable?.values() ?? null;

/** [in, out] → [out, in] */
function turned(weight: Variable): Float32Array {
  const [rows, columns] = weight.shape as [number, number];
  const values = weight.values();
  return Float32Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!);
}

function linear(weight: Variable | null, bias: Variable | null, isTurned: boolean): Linear | null {
  if (weight === null || weight.rank !== 2) return null;
  const [outs, ins] = isTurned ? [weight.shape[1]!, weight.shape[0]!] : [weight.shape[0]!, weight.shape[1]!];
  if (bias !== null && sizeOf(bias.shape) !== outs) return null;
  const layer = new Linear(ins, outs, { bias: bias !== null });
  return filled(layer, [
    [layer.weight, isTurned ? turned(weight) : weight.values()],
    [layer.bias, valuesOf(bias)],
  ]);
}

const product = (weight: Variable | null, bias: Variable | null): Linear | null => linear(weight, bias, true);

function gemm({ node, weight }: Link): Module | null {
  const { attributes, inputs } = node;
  const isPlain =
    attributes.float("alpha", 1) === 1 && attributes.float("beta", 1) === 1 && attributes.int("transA", 0) === 0;
  const hasBias = (inputs[2] ?? "") !== "";
  if (!isPlain || (hasBias && weight(2) === null)) return null;
  return linear(weight(1), weight(2), attributes.int("transB", 0) === 0);
}

type Sides = readonly [number, number, number, number];

/** Stride, padding and dilation of two axes; null where they follow from the image, or are of another number of axes. */
function windowOf({ attributes }: PlannedNode) {
  const two = (name: string): readonly [number, number] | null => {
    const found = attributes.ints(name) ?? [1, 1];
    return found.length === 2 ? [found[0]!, found[1]!] : null;
  };
  const [stride, dilation] = [two("strides"), two("dilations")];
  const pads = attributes.ints("pads") ?? [0, 0, 0, 0];
  const isSaid = ["NOTSET", "VALID"].includes(attributes.text("auto_pad", "NOTSET"));
  if (stride === null || dilation === null || pads.length !== 4 || !isSaid) return null;
  const padding: Sides = [pads[0]!, pads[2]!, pads[1]!, pads[3]!];
  return { stride, dilation, padding };
}

function convolution({ node, weight }: Link): Module | null {
  const [w, bias, window] = [weight(1), weight(2), windowOf(node)];
  const { attributes, inputs } = node;
  if (w?.rank !== 4 || window === null || ((inputs[2] ?? "") !== "" && bias === null)) return null;
  const groups = attributes.int("group", 1);
  const kernel = [w.shape[2]!, w.shape[3]!] as const;
  const [first, second] = [w.shape[0]!, w.shape[1]! * groups];
  const options = { ...window, groups, bias: bias !== null };
  const [down, aside, ...more] = attributes.ints("output_padding") ?? [0, 0];
  if (attributes.has("output_shape") || more.length > 0) return null;
  const layer =
    node.op === "Conv"
      ? new Conv2d(second, first, kernel, options)
      : new ConvTranspose2d(first, second, kernel, { ...options, outputPadding: [down!, aside ?? 0] });
  return filled<Conv2d | ConvTranspose2d>(layer, [
    [layer.weight, w.values()],
    [layer.bias, valuesOf(bias)],
  ]);
}

function pool({ node }: Link): Module | null {
  const window = windowOf(node);
  const kernel = node.attributes.ints("kernel_shape") ?? [];
  if (window === null || kernel.length !== 2 || node.attributes.int("ceil_mode", 0) !== 0) return null;
  const size = [kernel[0]!, kernel[1]!] as const;
  const { stride, padding } = window;
  if (padding.some((side, index) => side > size[index >> 1]! / 2)) return null;
  if (node.op === "MaxPool") return new MaxPool2d(size, { stride, padding });
  const countIncludePad = node.attributes.int("count_include_pad", 0) === 1;
  return new AvgPool2d(size, { stride, padding, countIncludePad });
}

function batchNorm({ node, shape, weight }: Link): Module | null {
  const parts = [1, 2, 3, 4].map(weight);
  if ((shape.length !== 2 && shape.length !== 4) || parts.includes(null)) return null;
  const options = {
    eps: node.attributes.float("epsilon", 1e-5),
    momentum: 1 - node.attributes.float("momentum", 0.9),
  };
  const layer = shape.length === 2 ? new BatchNorm1d(shape[1]!, options) : new BatchNorm2d(shape[1]!, options);
  const own = [layer.weight, layer.bias, layer.runningMean, layer.runningVar];
  return filled<BatchNorm1d | BatchNorm2d>(
    layer,
    own.map((variable, index) => [variable, valuesOf(parts[index]!)]),
  );
}

/** Of the whole sample into one row. */
function reshaped({ shape, integers }: Link): Module | null {
  const target = integers(1);
  const row = sizeOf(shape.slice(1));
  const isRow = target?.length === 2 && [-1, row].includes(target[1]!) && target[0] !== row;
  return isRow ? new Flatten() : null;
}

function rateOf({ node }: Link): number {
  return node.version < 12 ? node.attributes.float("ratio", 0.5) : Number.NaN;
}

const soft =
  (layer: new (axis: number) => Module): LayerOf =>
  ({ node, shape }) => {
    const axis = node.attributes.int("axis", node.version < 13 ? 1 : -1);
    // up to operator set 12 all axes behind one are one
    return node.version < 13 && shape.length !== 2 ? null : new layer(axis);
  };

const table: Readonly<Record<string, LayerOf>> = {
  Gemm: gemm,
  MatMul: ({ weight }) => product(weight(1), null),
  Conv: convolution,
  ConvTranspose: convolution,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: ({ shape }) => (shape.length === 4 ? new GlobalAvgPool2d() : null),
  GlobalMaxPool: ({ shape }) => (shape.length === 4 ? new GlobalMaxPool2d() : null),
  BatchNormalization: batchNorm,
  Dropout: (link) => {
    const rate = link.integers(1)?.[0] ?? rateOf(link);
    return new Dropout(Number.isNaN(rate) ? 0.5 : rate);
  },
  Flatten: ({ node }) => (node.attributes.int("axis", 1) === 1 ? new Flatten() : null),
  Reshape: reshaped,
  Relu: () => new ReLU(),
  LeakyRelu: ({ node }) => new LeakyReLU(node.attributes.float("alpha", 0.01)),
  Elu: ({ node }) => new ELU(node.attributes.float("alpha", 1)),
  Gelu: ({ node }) => (node.attributes.text("approximate", "none") === "none" ? new GELU() : null),
  Sigmoid: () => new Sigmoid(),
  Tanh: () => new Tanh(),
  Softplus: () => new Softplus(),
  Softmax: soft(Softmax),
  LogSoftmax: soft(LogSoftmax),
};
