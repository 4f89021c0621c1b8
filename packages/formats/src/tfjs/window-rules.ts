// The rules of layers with a window that moves over images: convolutions and pools, with the zeros around images that
// TensorFlow's "same" and a ZeroPadding2D before them want.
import { AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d } from "tatamijs/nn";
import type { Json } from "./fault.ts";
import {
  activationOf,
  countOf,
  expectChannelsLast,
  flagOf,
  isSame,
  type Pair,
  pairOf,
  type Sides,
  samePadding,
  Unreadable,
} from "./layer-options.ts";
import { type Flow, flowOf, imageOf, type LayerRule, present, rule, setBias, turned } from "./layer-rule.ts";
import type { Weight } from "./manifest.ts";

const noZeros: Sides = [0, 0, 0, 0];

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

export const convolution = rule(
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

export const depthwise = rule(
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

export const separable = rule(
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

export const transposed = rule(
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

export const pool = (average: boolean): LayerRule =>
  rule(({ config, flow }) => {
    const { kernel, stride, padding, output } = windowOf(config, flow, "pool_size");
    const layer = average
      ? new AvgPool2d(kernel, { stride, padding, countIncludePad: false })
      : new MaxPool2d(kernel, { stride, padding });
    return { modules: [layer], flow: flowOf(...output, flow.shape[2]!) };
  }, checkConvolution);
