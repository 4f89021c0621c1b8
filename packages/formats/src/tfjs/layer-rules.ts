// What each of Keras' layers is in nn: the table of the layers that are read. Images are [H, W, C] in Keras and [C, H, W] here,
// so kernels turn; what a Flatten joins comes in another order, and the weights behind it turn with it.
import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Flatten,
  GlobalAvgPool2d,
  GlobalMaxPool2d,
  LeakyReLU,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Softmax,
} from "tatamijs/nn";
import { type Json, shown } from "./fault.ts";
import { ChannelsLastReshape, ClippedReLU } from "./keras-modules.ts";
import {
  activationOf,
  countOf,
  expectChannelsLast,
  flagOf,
  isSame,
  numberOf,
  type Pair,
  pairOf,
  type Sides,
  samePadding,
  sidesOf,
  Unreadable,
} from "./layer-options.ts";
import type { Weight } from "./manifest.ts";

/** What flows between layers, without the batch. */
export interface Flow {
  /** as Keras has it: [H, W, C] or [F] */
  readonly shape: readonly number[];
  /** the image whose values a Flatten has joined, [C, H, W] one after the other where Keras has [H, W, C]; else null */
  readonly joined: readonly [height: number, width: number, channels: number] | null;
  /** zeros that a ZeroPadding2D wants around the image, which the next layer adds */
  readonly zeros: Sides | null;
}

export interface LayerContext {
  readonly config: Json;
  readonly flow: Flow;
  /** a weight by its name and its place among the layer's, of a shape that must be right */
  readonly weight: (name: string, place: number, shape: readonly number[]) => Weight;
}

export interface LayerResult {
  readonly modules: readonly Module[];
  readonly flow: Flow;
}

export interface LayerRule {
  /** whether it takes a Flatten's values in the order they have here */
  readonly takesJoined: boolean;
  /** whether it adds the zeros of a ZeroPadding2D itself */
  readonly takesZeros: boolean;
  /** @throws Unreadable for options that nn has not: called before anything is built */
  readonly check: (config: Json) => void;
  readonly build: (context: LayerContext) => LayerResult;
}

const rule = (
  build: LayerRule["build"],
  check: LayerRule["check"] = () => undefined,
  traits: { takesJoined?: boolean; takesZeros?: boolean } = {},
): LayerRule => ({ takesJoined: false, takesZeros: false, ...traits, check, build });

const noZeros: Sides = [0, 0, 0, 0];

function imageOf(flow: Flow): readonly [number, number, number] {
  const [height, width, channels] = flow.shape;
  if (flow.shape.length !== 3) throw new Unreadable(`it takes ${shown(flow.shape)}, not images`);
  return [height!, width!, channels!];
}

const flowOf = (...shape: readonly number[]): Flow => {
  if (shape.some((size) => !(size >= 1))) throw new Unreadable(`nothing is left of its images: ${shown(shape)}`);
  return { shape, joined: null, zeros: null };
};

const present = (...modules: readonly (Module | null)[]): Module[] => modules.filter((module) => module !== null);

/** Values in another order of axes. @param axes which axis of `shape` each of the result's is */
function turned({ values, shape }: Weight, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let at = 0; at < result.length; at++) {
    result[at] = values[index.reduce((sum, place, axis) => sum + place * strides[axes[axis]!]!, 0)]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axes[axis]!]!) break;
      index[axis] = 0;
    }
  }
  return result;
}

/** Of each value that a Flatten gives here, its place among those it gives in Keras. */
function placesIn(flow: Flow): Int32Array | null {
  if (flow.joined === null) return null;
  const [height, width, channels] = flow.joined;
  const places = new Int32Array(height * width * channels);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < height * width; pixel++) places[at++] = pixel * channels + channel;
  }
  return places;
}

function windowOf(
  config: Json,
  flow: Flow,
  kernelOption: string,
): { kernel: Pair; stride: Pair; dilation: Pair; padding: Sides; output: Pair } {
  const [height, width] = imageOf(flow);
  const zeros = flow.zeros ?? noZeros;
  const image: Pair = [height + zeros[0] + zeros[1], width + zeros[2] + zeros[3]];
  const kernel = pairOf(config, kernelOption);
  const stride = pairOf(config, "strides", kernelOption === "pool_size" ? kernel : 1);
  const dilation = pairOf(config, "dilation_rate", 1);
  const around = isSame(config) ? samePadding(image, kernel, stride, dilation) : noZeros;
  const padding = zeros.map((side, index) => side + around[index]!) as unknown as Sides;
  const output = [0, 1].map((axis) => {
    const extent = dilation[axis]! * (kernel[axis]! - 1) + 1;
    return Math.floor((image[axis]! + around[2 * axis]! + around[2 * axis + 1]! - extent) / stride[axis]!) + 1;
  }) as unknown as Pair;
  return { kernel, stride, dilation, padding, output };
}

function checkConvolution(config: Json): void {
  expectChannelsLast(config);
  isSame(config);
  activationOf(config.activation);
}

/** A bias, where the layer has one, set. */
function setBias(
  module: Conv2d | ConvTranspose2d | Linear,
  { weight }: LayerContext,
  place: number,
  size: number,
): void {
  module.bias?.set(weight("bias", place, [size]).values);
}

const convolution = rule(
  (context) => {
    const { config, flow, weight } = context;
    const [, , channels] = imageOf(flow);
    const { kernel, stride, dilation, padding, output } = windowOf(config, flow, "kernel_size");
    const filters = countOf(config, "filters");
    const groups = config.groups === undefined || config.groups === null ? 1 : countOf(config, "groups");
    if (channels % groups !== 0 || filters % groups !== 0) throw new Unreadable(`groups ${groups}`);
    const kernels = weight("kernel", 0, [...kernel, channels / groups, filters]);
    const bias = flagOf(config, "use_bias", true);
    const layer = new Conv2d(channels, filters, kernel, { stride, dilation, padding, groups, bias });
    layer.weight.set(turned(kernels, [3, 2, 0, 1]));
    setBias(layer, context, 1, filters);
    return { modules: present(layer, activationOf(config.activation)), flow: flowOf(...output, filters) };
  },
  checkConvolution,
  { takesZeros: true },
);

/** [KH, KW, inC, M] to [inC · M, 1, KH, KW]. */
const depthwiseKernels = (kernels: Weight): Float32Array => turned(kernels, [2, 3, 0, 1]);

const depthwise = rule(
  (context) => {
    const { config, flow, weight } = context;
    const [, , channels] = imageOf(flow);
    const { kernel, stride, dilation, padding, output } = windowOf(config, flow, "kernel_size");
    const multiplier = config.depth_multiplier === undefined ? 1 : countOf(config, "depth_multiplier");
    const kernels = weight("depthwise_kernel", 0, [...kernel, channels, multiplier]);
    const bias = flagOf(config, "use_bias", true);
    const options = { stride, dilation, padding, groups: channels, bias };
    const layer = new Conv2d(channels, channels * multiplier, kernel, options);
    layer.weight.set(depthwiseKernels(kernels));
    setBias(layer, context, 1, channels * multiplier);
    return { modules: present(layer, activationOf(config.activation)), flow: flowOf(...output, channels * multiplier) };
  },
  checkConvolution,
  { takesZeros: true },
);

const separable = rule(
  (context) => {
    const { config, flow, weight } = context;
    const [, , channels] = imageOf(flow);
    const { kernel, stride, dilation, padding, output } = windowOf(config, flow, "kernel_size");
    const filters = countOf(config, "filters");
    const multiplier = config.depth_multiplier === undefined ? 1 : countOf(config, "depth_multiplier");
    const kernels = weight("depthwise_kernel", 0, [...kernel, channels, multiplier]);
    const mixing = weight("pointwise_kernel", 1, [1, 1, channels * multiplier, filters]);
    const options = { stride, dilation, padding, groups: channels, bias: false };
    const first = new Conv2d(channels, channels * multiplier, kernel, options);
    first.weight.set(depthwiseKernels(kernels));
    const second = new Conv2d(channels * multiplier, filters, 1, { bias: flagOf(config, "use_bias", true) });
    second.weight.set(turned(mixing, [3, 2, 0, 1]));
    setBias(second, context, 2, filters);
    return { modules: present(first, second, activationOf(config.activation)), flow: flowOf(...output, filters) };
  },
  checkConvolution,
  { takesZeros: true },
);

const transposed = rule(
  (context) => {
    const { config, flow, weight } = context;
    const [height, width, channels] = imageOf(flow);
    const kernel = pairOf(config, "kernel_size");
    const stride = pairOf(config, "strides", 1);
    const filters = countOf(config, "filters");
    // the image has `size · stride` pixels, or as many more as the kernel reaches over where nothing is cut away
    const over = [0, 1].map((axis) => kernel[axis]! - stride[axis]!);
    const cut = over.map((length) => (isSame(config) ? Math.max(0, length) : 0));
    const padding = cut.flatMap((length) => [Math.floor(length / 2), Math.ceil(length / 2)]) as unknown as Sides;
    const outputPadding = over.map((length) => Math.max(0, -length)) as unknown as Pair;
    const kernels = weight("kernel", 0, [...kernel, filters, channels]);
    const bias = flagOf(config, "use_bias", true);
    const layer = new ConvTranspose2d(channels, filters, kernel, { stride, padding, outputPadding, bias });
    layer.weight.set(turned(kernels, [3, 2, 0, 1]));
    setBias(layer, context, 1, filters);
    const size = [height, width].map((length, axis) => length * stride[axis]! + Math.max(0, over[axis]!) - cut[axis]!);
    return { modules: present(layer, activationOf(config.activation)), flow: flowOf(...size, filters) };
  },
  (config) => {
    checkConvolution(config);
    if (pairOf(config, "dilation_rate", 1).some((rate) => rate !== 1)) throw new Unreadable("dilation_rate");
    if (config.output_padding !== undefined && config.output_padding !== null) throw new Unreadable("output_padding");
  },
);

const dense = rule(
  (context) => {
    const { config, flow, weight } = context;
    const units = countOf(config, "units");
    const inputs = flow.shape.at(-1)!;
    const kernel = weight("kernel", 0, [inputs, units]);
    const bias = flagOf(config, "use_bias", true);
    const activation = activationOf(config.activation);
    if (flow.shape.length === 3) {
      // over the channels of every pixel
      const layer = new Conv2d(inputs, units, 1, { bias });
      layer.weight.set(turned(kernel, [1, 0]));
      setBias(layer, context, 1, units);
      return { modules: present(layer, activation), flow: flowOf(flow.shape[0]!, flow.shape[1]!, units) };
    }
    const layer = new Linear(inputs, units, { bias });
    const places = placesIn(flow);
    const rows = turned(kernel, [1, 0]);
    layer.weight.set(places === null ? rows : rows.map((_, at) => rows[at - (at % inputs) + places[at % inputs]!]!));
    setBias(layer, context, 1, units);
    return { modules: present(layer, activation), flow: flowOf(units) };
  },
  (config) => void activationOf(config.activation),
  { takesJoined: true },
);

const batchNorm = rule(
  ({ config, flow, weight }) => {
    const rank = flow.shape.length;
    const axis = Array.isArray(config.axis) ? (config.axis as unknown[])[0] : (config.axis ?? -1);
    if (axis !== -1 && axis !== rank) throw new Unreadable(`axis ${shown(config.axis)}`);
    const features = flow.shape.at(-1)!;
    const [scale, center] = [flagOf(config, "scale", true), flagOf(config, "center", true)];
    const options = {
      eps: numberOf(config, "epsilon", 1e-3),
      // the share of the newest batch, where Keras says that of all before
      momentum: Number((1 - numberOf(config, "momentum", 0.99)).toPrecision(12)),
      affine: scale || center,
    };
    const ordered = (name: string, place: number): Float32Array => {
      const { values } = weight(name, place, [features]);
      const places = placesIn(flow);
      return places === null ? values : values.map((_, at) => values[places[at]!]!);
    };
    // weights first: their lengths prove the features
    const gamma = scale ? ordered("gamma", 0) : null;
    const beta = center ? ordered("beta", Number(scale)) : null;
    const place = Number(scale) + Number(center);
    const [mean, variance] = [ordered("moving_mean", place), ordered("moving_variance", place + 1)];
    const layer = rank === 3 ? new BatchNorm2d(features, options) : new BatchNorm1d(features, options);
    layer.weight?.set(gamma ?? new Float32Array(features).fill(1));
    layer.bias?.set(beta ?? new Float32Array(features));
    layer.runningMean!.set(mean);
    layer.runningVar!.set(variance);
    return { modules: [layer], flow };
  },
  (config) => {
    if (config.renorm === true) throw new Unreadable("renorm");
    const [eps, momentum] = [numberOf(config, "epsilon", 1e-3), numberOf(config, "momentum", 0.99)];
    if (!(eps > 0) || !(momentum >= 0 && momentum <= 1)) throw new Unreadable(`epsilon ${eps}, momentum ${momentum}`);
  },
  { takesJoined: true },
);

const pool = (average: boolean): LayerRule =>
  rule(({ config, flow }) => {
    const { kernel, stride, padding, output } = windowOf(config, flow, "pool_size");
    const layer = average
      ? new AvgPool2d(kernel, { stride, padding, countIncludePad: false })
      : new MaxPool2d(kernel, { stride, padding });
    return { modules: [layer], flow: flowOf(...output, flow.shape[2]!) };
  }, checkConvolution);

const globalPool = (layer: new () => Module): LayerRule =>
  rule(({ config, flow }) => {
    const [, , channels] = imageOf(flow);
    if (flagOf(config, "keepdims", false)) return { modules: [new layer()], flow: flowOf(1, 1, channels) };
    return { modules: [new layer(), new Flatten()], flow: flowOf(channels) };
  }, expectChannelsLast);

/** A layer that treats every value alike. */
const elementwise = (make: (config: Json) => Module | null): LayerRule =>
  rule(
    ({ config, flow }) => ({ modules: present(make(config)), flow }),
    (config) => void make(config),
    { takesJoined: true },
  );

function reluOf(config: Json): Module {
  const slope = numberOf(config, "negative_slope", 0);
  if (numberOf(config, "threshold", 0) !== 0) throw new Unreadable("threshold");
  const limit = config.max_value ?? null;
  if (limit === null) return slope === 0 ? new ReLU() : new LeakyReLU(slope);
  if (slope !== 0) throw new Unreadable("max_value with negative_slope");
  return new ClippedReLU(numberOf(config, "max_value", 0));
}

function dropoutOf(config: Json): Module {
  const rate = numberOf(config, "rate", 0.5);
  if (!(rate >= 0 && rate < 1)) throw new Unreadable(`rate ${rate}`);
  return new Dropout(rate);
}

const softmax = rule(
  ({ config, flow }) => {
    const axis = Array.isArray(config.axis) ? (config.axis as unknown[])[0] : (config.axis ?? -1);
    if (axis !== -1 && axis !== flow.shape.length) throw new Unreadable(`axis ${shown(config.axis)}`);
    return { modules: [new Softmax(1)], flow };
  },
  undefined,
  { takesJoined: true },
);

const flatten = rule(({ flow }) => {
  if (flow.shape.length === 1) return { modules: [], flow };
  const [height, width, channels] = imageOf(flow);
  const joined = channels > 1 && height * width > 1 ? ([height, width, channels] as const) : null;
  return { modules: [new Flatten()], flow: { shape: [height * width * channels], joined, zeros: null } };
}, expectChannelsLast);

const reshaped = rule(({ config, flow }) => {
  const target = config.target_shape;
  const count = flow.shape.reduce((product, size) => product * size, 1);
  if (!Array.isArray(target) || !target.every(Number.isInteger)) throw new Unreadable(`target_shape ${shown(target)}`);
  const known = (target as number[]).filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const shape = (target as number[]).map((size) => (size === -1 ? count / known : size));
  const fits = shape.reduce((product, size) => product * size, 1) === count && shape.every((size) => size >= 1);
  if (!fits || (shape.length !== 1 && shape.length !== 3)) throw new Unreadable(`target_shape ${shown(target)}`);
  const [height, width, channels] = flow.shape;
  const from = flow.shape.length === 3 ? [channels!, height!, width!] : [...flow.shape];
  return { modules: [new ChannelsLastReshape(from, shape)], flow: flowOf(...shape) };
});

const zeroPadding = rule(
  ({ config, flow }) => {
    imageOf(flow);
    const more = sidesOf(config);
    const zeros = more.map((side, index) => side + (flow.zeros?.[index] ?? 0)) as unknown as Sides;
    return { modules: [], flow: { ...flow, zeros } };
  },
  (config) => {
    expectChannelsLast(config);
    sidesOf(config);
  },
  { takesZeros: true },
);

/** By the name of the class. */
export const layerRules: Readonly<Record<string, LayerRule>> = {
  Activation: elementwise((config) => activationOf(config.activation)),
  AveragePooling2D: pool(true),
  BatchNormalization: batchNorm,
  BatchNormalizationV1: batchNorm,
  Conv2D: convolution,
  Conv2DTranspose: transposed,
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dropout: elementwise(dropoutOf),
  ELU: elementwise((config) => new ELU(numberOf(config, "alpha", 1))),
  Flatten: flatten,
  GlobalAveragePooling2D: globalPool(GlobalAvgPool2d),
  GlobalMaxPooling2D: globalPool(GlobalMaxPool2d),
  LeakyReLU: elementwise(
    (config) => new LeakyReLU(numberOf(config, config.alpha === undefined ? "negative_slope" : "alpha", 0.3)),
  ),
  MaxPooling2D: pool(false),
  ReLU: elementwise(reluOf),
  Reshape: reshaped,
  SeparableConv2D: separable,
  Softmax: softmax,
  ZeroPadding2D: zeroPadding,
};
