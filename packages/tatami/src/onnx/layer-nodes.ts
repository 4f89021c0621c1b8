// What each layer of nn becomes in ONNX, in evaluation: one operator where there is one, else what composes it. Sequential is
// write-onnx.ts's.
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
  GroupNorm,
  Identity,
  InstanceNorm2d,
  LayerNorm,
  LeakyReLU,
  Linear,
  LogSoftmax,
  MaxPool2d,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "../nn/index.ts";
import type { AnyModule } from "../nn/module.ts";
import { OptionError } from "../shape/errors.ts";
import { formatShape, normalizeAxis, type Shape } from "../shape/shape.ts";
import { type Padding, type Pair, type Window, windowOf } from "../shape/window.ts";
import type { Variable } from "../tensor/variable.ts";
import type { Attributes, OnnxGraph } from "./onnx-graph.ts";

/** Where a layer stands. */
export interface Place {
  readonly graph: OnnxGraph;
  /** "" for the model itself */
  readonly path: string;
  /** of what comes in, with the batch's axis first */
  readonly shape: Shape;
  /** of what goes out */
  readonly outputShape: Shape;
  /** the name of a parameter or buffer as a constant of the graph */
  readonly weight: (variable: Variable) => string;
}

/** Adds a layer's nodes. @param x the name of what comes in @returns the name of what goes out */
export type LayerWriter = (module: AnyModule, x: string, place: Place) => string;

/** [N, C, ...] → [C, 1, ...]: how a channel's scale stands against it */
const perChannel = ({ shape }: Place): number[] => [shape[1]!, ...shape.slice(2).map(() => 1)];

function windowAttributes({ kernel, stride, padding }: Window): Attributes {
  const [top, bottom, left, right] = padding;
  return { kernel_shape: { ints: kernel }, strides: { ints: stride }, pads: { ints: [top, left, bottom, right] } };
}

function poolAttributes(kernel: Pair, options: { stride?: Pair | undefined; padding?: Padding | undefined }) {
  return windowAttributes(windowOf("writeOnnx", kernel, { stride: kernel, ...definedOnly(options) }));
}

function definedOnly({ stride, padding }: { stride?: Pair | undefined; padding?: Padding | undefined }) {
  return { ...(stride === undefined ? {} : { stride }), ...(padding === undefined ? {} : { padding }) };
}

/** The batch's axis is of unknown size, all others are fixed. */
function reshaped(x: string, sample: readonly number[], { graph }: Place): string {
  // 0 takes over the size that is there
  return graph.node("Reshape", [x, graph.integers("shape", [0, ...sample])]);
}

/** x · weight + bias, where there are some, with these shapes against `x`. */
function scaled(x: string, layer: Affine, against: readonly number[], { graph, weight }: Place): string {
  if (layer.weight === null || layer.bias === null) return x;
  const shape = graph.integers("scale_shape", against);
  const [scale, shift] = [layer.weight, layer.bias].map((of) => graph.node("Reshape", [weight(of), shape]));
  return graph.node("Add", [graph.node("Mul", [x, scale!]), shift!]);
}

interface Affine {
  readonly weight: Variable | null;
  readonly bias: Variable | null;
}

/** Names of scale and shift for operators that insist on them. */
function scaleAndShift(layer: Affine, size: number, { graph, weight }: Place, shape: Shape = [size]): string[] {
  return [
    layer.weight === null ? graph.constant("scale", new Float32Array(size).fill(1), shape) : weight(layer.weight),
    layer.bias === null ? graph.constant("shift", new Float32Array(size), shape) : weight(layer.bias),
  ];
}

function mean(x: string, axes: readonly number[], { graph }: Place): string {
  // axes became an input with operator set 18
  return graph.opset < 18
    ? graph.node("ReduceMean", [x], { axes: { ints: axes }, keepdims: { int: 1 } })
    : graph.node("ReduceMean", [x, graph.integers("axes", axes)], { keepdims: { int: 1 } });
}

/** (x − mean) / √(variance + eps) over some axes. */
function standardized(x: string, axes: readonly number[], eps: number, place: Place): string {
  const { graph } = place;
  const centered = graph.node("Sub", [x, mean(x, axes, place)]);
  const variance = mean(graph.node("Mul", [centered, centered]), axes, place);
  const deviation = graph.node("Sqrt", [graph.node("Add", [variance, graph.constant("eps", [eps], [])])]);
  return graph.node("Div", [centered, deviation]);
}

function batchNorm(layer: BatchNorm1d | BatchNorm2d, x: string, place: Place): string {
  const { runningMean, runningVar, features, eps, momentum } = layer;
  if (runningMean === null || runningVar === null) {
    const axes = place.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    return scaled(standardized(x, axes, eps, place), layer, perChannel(place), place);
  }
  const statistics = [place.weight(runningMean), place.weight(runningVar)];
  const inputs = [x, ...scaleAndShift(layer, features, place), ...statistics];
  return place.graph.node("BatchNormalization", inputs, {
    epsilon: { float: eps },
    // ONNX counts what stays
    momentum: { float: 1 - momentum },
  });
}

function layerNorm(layer: LayerNorm, x: string, place: Place): string {
  const { graph, path, shape } = place;
  const { normalizedShape, eps } = layer;
  const axis = shape.length - normalizedShape.length;
  if (axis === 0) {
    throw new OptionError(
      `writeOnnx: ${path} normalises over the batch, got ${formatShape(normalizedShape)}, expected fewer axes than ${formatShape(shape)} has`,
      "model",
      path,
    );
  }
  if (graph.opset < 17) {
    const axes = normalizedShape.map((_, index) => axis + index);
    return scaled(standardized(x, axes, eps, place), layer, normalizedShape, place);
  }
  const size = normalizedShape.reduce((product, length) => product * length, 1);
  return graph.node("LayerNormalization", [x, ...scaleAndShift(layer, size, place, normalizedShape)], {
    axis: { int: axis },
    epsilon: { float: eps },
  });
}

/** Groups of channels become the channels of instance normalisation. */
function groupNorm(layer: GroupNorm, x: string, place: Place): string {
  const { groups, eps } = layer;
  const grouped = reshaped(x, [groups, -1], place);
  const plain = { weight: null, bias: null };
  const normalized = place.graph.node("InstanceNormalization", [grouped, ...scaleAndShift(plain, groups, place)], {
    epsilon: { float: eps },
  });
  return scaled(reshaped(normalized, place.shape.slice(1), place), layer, perChannel(place), place);
}

function linear(layer: Linear, x: string, { graph, shape, weight }: Place): string {
  const bias = layer.bias === null ? [] : [weight(layer.bias)];
  if (shape.length === 2) return graph.node("Gemm", [x, weight(layer.weight), ...bias], { transB: { int: 1 } });
  const transposed = graph.node("Transpose", [weight(layer.weight)], { perm: { ints: [1, 0] } });
  const product = graph.node("MatMul", [x, transposed]);
  return bias.length === 0 ? product : graph.node("Add", [product, ...bias]);
}

function convolution(op: string, layer: Conv2d | ConvTranspose2d, x: string, more: Attributes, place: Place): string {
  const { weight, bias, window, groups } = layer;
  const inputs = [x, place.weight(weight), ...(bias === null ? [] : [place.weight(bias)])];
  const attributes = { ...windowAttributes(window), dilations: { ints: window.dilation }, group: { int: groups } };
  return place.graph.node(op, inputs, { ...attributes, ...more });
}

function flatten({ startAxis, endAxis }: Flatten, x: string, place: Place): string {
  const { graph, shape, outputShape, path } = place;
  const start = normalizeAxis("Flatten", startAxis, shape.length);
  const end = normalizeAxis("Flatten", endAxis, shape.length);
  if (start === end) return x;
  if (start === 0) {
    throw new OptionError(
      `writeOnnx: ${path} joins the batch with other axes, got startAxis ${startAxis}, expected at least 1`,
      "model",
      path,
    );
  }
  if (start === 1 && end === shape.length - 1) return graph.node("Flatten", [x], { axis: { int: 1 } });
  return reshaped(x, outputShape.slice(1), place);
}

/** x · ½(1 + erf(x/√2)) */
function gelu(x: string, { graph }: Place): string {
  if (graph.opset >= 20) return graph.node("Gelu", [x]);
  const erf = graph.node("Erf", [graph.node("Mul", [x, graph.constant("sqrt_half", [Math.SQRT1_2], [])])]);
  const doubled = graph.node("Add", [erf, graph.constant("one", [1], [])]);
  return graph.node("Mul", [graph.node("Mul", [x, doubled]), graph.constant("half", [0.5], [])]);
}

const axisOf = ({ axis }: Softmax | LogSoftmax, { shape }: Place): Attributes => ({
  axis: { int: normalizeAxis("writeOnnx", axis, shape.length) },
});

type Entry = readonly [module: unknown, write: LayerWriter];

function layer<M extends AnyModule>(
  module: new (...values: never[]) => M,
  write: (module: M, x: string, place: Place) => string,
): Entry {
  return [module, (found, x, place) => write(found as M, x, place)];
}

/** Layers that are one operator without attributes. */
const plain = (module: new () => AnyModule, op: string): Entry =>
  layer(module, (_, x, { graph }) => graph.node(op, [x]));

/** By class: a class of a user's own that extends one of these computes something else. */
export const layerWriters: ReadonlyMap<unknown, LayerWriter> = new Map([
  layer(Linear, linear),
  layer(Conv2d, (found, x, place) => convolution("Conv", found, x, {}, place)),
  layer(ConvTranspose2d, (found, x, place) => {
    const extra =
      typeof found.outputPadding === "number" ? [found.outputPadding, found.outputPadding] : found.outputPadding;
    return convolution("ConvTranspose", found, x, { output_padding: { ints: extra } }, place);
  }),
  layer(MaxPool2d, ({ kernelSize, options }, x, { graph }) =>
    graph.node("MaxPool", [x], poolAttributes(kernelSize, options)),
  ),
  layer(AvgPool2d, ({ kernelSize, options }, x, { graph }) =>
    graph.node("AveragePool", [x], {
      ...poolAttributes(kernelSize, options),
      count_include_pad: { int: (options.countIncludePad ?? true) ? 1 : 0 },
    }),
  ),
  plain(GlobalAvgPool2d, "GlobalAveragePool"),
  plain(GlobalMaxPool2d, "GlobalMaxPool"),
  layer(BatchNorm1d, batchNorm),
  layer(BatchNorm2d, batchNorm),
  layer(LayerNorm, layerNorm),
  layer(GroupNorm, groupNorm),
  layer(InstanceNorm2d, (found, x, place) =>
    place.graph.node("InstanceNormalization", [x, ...scaleAndShift(found, found.features, place)], {
      epsilon: { float: found.eps },
    }),
  ),
  layer(Dropout, (_, x) => x),
  layer(Identity, (_, x) => x),
  layer(Flatten, flatten),
  plain(ReLU, "Relu"),
  layer(LeakyReLU, ({ negativeSlope }, x, { graph }) =>
    graph.node("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
  ),
  layer(ELU, ({ alpha }, x, { graph }) => graph.node("Elu", [x], { alpha: { float: alpha } })),
  layer(GELU, (_, x, place) => gelu(x, place)),
  layer(SiLU, (_, x, { graph }) => graph.node("Mul", [x, graph.node("Sigmoid", [x])])),
  plain(Sigmoid, "Sigmoid"),
  plain(Tanh, "Tanh"),
  plain(Softplus, "Softplus"),
  layer(Softmax, (found, x, place) => place.graph.node("Softmax", [x], axisOf(found, place))),
  layer(LogSoftmax, (found, x, place) => place.graph.node("LogSoftmax", [x], axisOf(found, place))),
]);
