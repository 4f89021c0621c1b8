// The fields of window kernels, worked out from the few numbers a case is about.
import { sizeOf } from "../../shape/shape.ts";
import { type Padding, type Pair, windowOf, windowOutput } from "../../shape/window.ts";
import type { Arguments } from "../reference/arguments.ts";

export interface WindowCase {
  readonly image: readonly [number, number];
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Padding;
  readonly dilation?: Pair;
}

type WindowFields = Omit<Arguments<"im2col">, "x" | "out" | "batch" | "channels">;

/** @throws ShapeError when the window does not fit the padded image */
export function windowFields({ image, kernel, stride, padding, dilation }: WindowCase): WindowFields {
  const window = windowOf("contract", kernel, { stride, padding, dilation });
  const [outHeight, outWidth] = windowOutput("contract", image, window);
  return {
    height: image[0],
    width: image[1],
    outHeight,
    outWidth,
    kernelHeight: window.kernel[0],
    kernelWidth: window.kernel[1],
    strideHeight: window.stride[0],
    strideWidth: window.stride[1],
    paddingTop: window.padding[0],
    paddingLeft: window.padding[2],
    dilationHeight: window.dilation[0],
    dilationWidth: window.dilation[1],
  };
}

export interface ConvolutionCase extends WindowCase {
  readonly batch?: number;
  readonly inChannels?: number;
  readonly outChannels?: number;
  readonly groups?: number;
  /** default 1: no products are regrouped */
  readonly exact?: number;
}

type ConvolutionFields = Omit<Arguments<"conv2dInputGradient">, "g" | "w" | "mask" | "out">;

export function convolutionFields(shape: ConvolutionCase): ConvolutionFields {
  const { batch = 1, inChannels = 1, outChannels = 1, groups = 1, exact = 1 } = shape;
  return { ...windowFields(shape), batch, inChannels, outChannels, groups, exact };
}

/** Words of the buffers of a convolution. */
export function convolutionSizes(fields: ConvolutionFields): { x: number; w: number; out: number } {
  const { batch, inChannels, outChannels, groups } = fields;
  return {
    x: sizeOf([batch, fields.height, fields.width, inChannels]),
    w: sizeOf([fields.kernelHeight, fields.kernelWidth, inChannels / groups, outChannels]),
    out: sizeOf([batch, fields.outHeight, fields.outWidth, outChannels]),
  };
}

export interface PoolingCase extends Omit<WindowCase, "dilation"> {
  readonly planes?: number;
  readonly channels?: number;
}

type PoolingFields = Omit<Arguments<"maxPool2d">, "x" | "out" | "indices">;

export function poolingFields({ planes = 1, channels = 1, ...shape }: PoolingCase): PoolingFields {
  const { dilationHeight: _, dilationWidth: __, ...fields } = windowFields(shape);
  return { ...fields, planes, channels };
}

/** Words of the buffers of a pool. */
export function poolingSizes(fields: PoolingFields): { x: number; out: number } {
  const { planes, channels } = fields;
  return {
    x: sizeOf([planes, fields.height, fields.width, channels]),
    out: sizeOf([planes, fields.outHeight, fields.outWidth, channels]),
  };
}
