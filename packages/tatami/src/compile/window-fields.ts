// Spells windows and image shapes out into the flat parameters of the convolution, pooling and im2col kernels.
import type { ConvolutionAttributes } from "../ops/convolution.ts";
import type { Shape } from "../shape/shape.ts";
import { type Window, windowOutput } from "../shape/window.ts";

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

/** x: [N, C, H, W], out: [N, outC, OH, OW]; either may be a gradient of that shape */
function sizeFields(x: Shape, out: Shape): SizeFields {
  return { height: x[2]!, width: x[3]!, outHeight: out[2]!, outWidth: out[3]! };
}

export interface ConvolutionFields extends DilatedFields, SizeFields {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
}

export function convolutionFields({ window, groups }: ConvolutionAttributes, x: Shape, out: Shape): ConvolutionFields {
  return {
    batch: x[0]!,
    inChannels: x[1]!,
    outChannels: out[1]!,
    ...sizeFields(x, out),
    ...dilatedFields(window),
    groups,
  };
}

export interface PoolFields extends WindowFields, SizeFields {
  readonly planes: number;
}

/** Every channel of every image is a plane. */
export function poolFields(window: Window, x: Shape, out: Shape): PoolFields {
  return { planes: x[0]! * x[1]!, ...sizeFields(x, out), ...windowFields(window) };
}

export interface ColumnFields extends DilatedFields, SizeFields {
  readonly batch: number;
  readonly channels: number;
}

/** image: [N, C, H, W] */
export function columnFields(op: string, window: Window, image: Shape): ColumnFields {
  const [batch, channels, height, width] = image as [number, number, number, number];
  const out = [batch, channels, ...windowOutput(op, [height, width], window)];
  return { batch, channels, ...sizeFields(image, out), ...dilatedFields(window) };
}
