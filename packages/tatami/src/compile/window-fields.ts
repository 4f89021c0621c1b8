// Spells windows and image shapes out into the flat parameters of the convolution, pooling and im2col kernels.
import type { Node } from "../graph/node.ts";
import type { ConvolutionAttributes } from "../ops/convolution.ts";
import type { Shape } from "../shape/shape.ts";
import { type Window, windowOutput } from "../shape/window.ts";
import type { Precision } from "./request.ts";

interface WindowFields {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
}

interface DilatedFields extends WindowFields {
  readonly dilationHeight: number;
  readonly dilationWidth: number;
}

interface SizeFields {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

function windowFields({ kernel, stride, padding }: Window): WindowFields {
  return {
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    paddingTop: padding[0],
    paddingLeft: padding[2],
  };
}

function dilatedFields(window: Window): DilatedFields {
  return { ...windowFields(window), dilationHeight: window.dilation[0], dilationWidth: window.dilation[1] };
}

/** [H, W] of the input and the output, whichever way gradients flow */
function sizeFields([height, width]: Shape, [outHeight, outWidth]: Shape): SizeFields {
  return { height: height!, width: width!, outHeight: outHeight!, outWidth: outWidth! };
}

export interface ConvolutionFields extends DilatedFields, SizeFields {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly exact: number;
}

/** x: [N, H, W, C], out: [N, OH, OW, outC]; either may be a gradient of that shape */
export function convolutionFields(
  { window, groups }: ConvolutionAttributes,
  x: Shape,
  out: Shape,
  precision: Precision,
): ConvolutionFields {
  return {
    batch: x[0]!,
    inChannels: x[3]!,
    outChannels: out[3]!,
    ...sizeFields(x.slice(1), out.slice(1)),
    ...dilatedFields(window),
    groups,
    exact: Number(precision === "exact"),
  };
}

export interface PoolFields extends WindowFields, SizeFields {
  readonly planes: number;
  readonly channels: number;
}

/** x: [N, C, H, W], every channel of every image a plane; out: [N, C, OH, OW] */
export function poolFields(window: Window, x: Shape, out: Shape): PoolFields {
  return { planes: x[0]! * x[1]!, channels: 1, ...sizeFields(x.slice(2), out.slice(2)), ...windowFields(window) };
}

/** x: [N, H, W, C], out: [N, OH, OW, C] */
export function poolLastFields(window: Window, x: Shape, out: Shape): PoolFields {
  return { planes: x[0]!, channels: x[3]!, ...sizeFields(x.slice(1), out.slice(1)), ...windowFields(window) };
}

/** Of a max pool behind a convolution, by its indices [N, OH, OW, C]. */
export interface PoolBehindFields {
  readonly pooledHeight: number;
  readonly pooledWidth: number;
  readonly poolHeight: number;
  readonly poolWidth: number;
  readonly poolStrideHeight: number;
  readonly poolStrideWidth: number;
  readonly poolPaddingTop: number;
  readonly poolPaddingLeft: number;
}

/** @param indices null: no pool */
export function poolBehindFields(indices: Node | null): PoolBehindFields {
  const [, pooledHeight = 0, pooledWidth = 0] = indices?.shape ?? [];
  const { kernel, stride, padding } = (indices?.attributes as { window: Window } | undefined)?.window ?? noWindow;
  return {
    pooledHeight,
    pooledWidth,
    poolHeight: kernel[0],
    poolWidth: kernel[1],
    poolStrideHeight: stride[0],
    poolStrideWidth: stride[1],
    poolPaddingTop: padding[0],
    poolPaddingLeft: padding[2],
  };
}

const noWindow = { kernel: [0, 0], stride: [0, 0], padding: [0, 0, 0, 0] } as const;

export interface ColumnFields extends DilatedFields, SizeFields {
  readonly batch: number;
  readonly channels: number;
}

/** image: [N, C, H, W] */
export function columnFields(op: string, window: Window, image: Shape): ColumnFields {
  const [batch, channels, height, width] = image as [number, number, number, number];
  const out = windowOutput(op, [height, width], window);
  return { batch, channels, ...sizeFields([height, width], out), ...dilatedFields(window) };
}
