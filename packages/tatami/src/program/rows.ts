// How each kernel falls into rows that can be computed apart: images of a batch, rows of a matrix, elements. From it
// follow depth-first tiles of images and the shares of several threads. A kernel without an entry runs as a whole.
import { elementBytes } from "../shape/dtype.ts";
import { sizeOf } from "../shape/shape.ts";
import type { KernelArguments, KernelName, KernelTable } from "./kernel-table.ts";

/** bytes from one row to the next; 0: all rows share the buffer; "sum": each row adds to the whole of it */
export type RowBytes = number | "sum";

type BufferFields<Name extends KernelName> = {
  [Field in keyof KernelTable[Name]]: KernelTable[Name][Field] extends "int" | "float" | "ints" | "floats"
    ? never
    : Field;
}[keyof KernelTable[Name]];

export interface Rows<Name extends KernelName = KernelName> {
  readonly count: number;
  /** for each buffer field, or for each buffer of a list */
  readonly bytes: { readonly [Field in BufferFields<Name>]: RowBytes | readonly RowBytes[] };
  /** the fields that say how many rows there are, for `count` of them; `more` when a "sum" buffer holds earlier rows */
  resized(count: number, more: boolean): Partial<KernelArguments<Name, never, never>>;
}

type Plain<Name extends KernelName> = KernelArguments<Name, unknown, unknown>;

type RowsOf = { readonly [Name in KernelName]?: (call: Plain<Name>) => Rows<Name> | null };

function words(...factors: number[]): number {
  return factors.reduce((product, factor) => product * factor, elementBytes);
}

function inner(shape: readonly number[]): number {
  return sizeOf(shape.slice(1));
}

type ConvolutionSizes = Pick<
  Plain<"conv2d">,
  "height" | "width" | "inChannels" | "outHeight" | "outWidth" | "outChannels"
>;

/** [N, H, W, C] on both sides */
function imageBytes(call: ConvolutionSizes): { input: number; output: number } {
  return {
    input: words(call.height, call.width, call.inChannels),
    output: words(call.outHeight, call.outWidth, call.outChannels),
  };
}

function planeBytes(call: Pick<Plain<"avgPool2d">, "height" | "width" | "outHeight" | "outWidth" | "channels">): {
  input: number;
  output: number;
} {
  return {
    input: words(call.height, call.width, call.channels),
    output: words(call.outHeight, call.outWidth, call.channels),
  };
}

type ColumnSizes = Omit<Plain<"im2col">, "x" | "out">;

function columnBytes(call: ColumnSizes): { image: number; columns: number } {
  const { channels, height, width, outHeight, outWidth, kernelHeight, kernelWidth } = call;
  return {
    image: words(channels, height, width),
    columns: words(outHeight, outWidth, channels, kernelHeight, kernelWidth),
  };
}

const rowsByKernel: RowsOf = {
  fused: (call) => {
    const rank = call.shape.length;
    return {
      count: call.shape[0]!,
      bytes: {
        inputs: call.inputs.map((_, index) => words(call.strides[index * rank]!)),
        outputs: call.outputs.map(() => words(inner(call.shape))),
      },
      resized: (count) => ({ shape: [count, ...call.shape.slice(1)] }),
    };
  },
  copy: (call) => {
    const { shape, xStrides, outStrides, xOffset, outOffset } = call;
    const extent = (strides: readonly number[]): number =>
      strides.slice(1).reduce((total, stride, axis) => total + stride * (shape[axis + 1]! - 1), 1);
    const apart = [xStrides, outStrides].every(
      (strides) => strides.every((stride) => stride >= 0) && extent(strides) <= strides[0]!,
    );
    if (!apart || xOffset !== 0 || outOffset !== 0) return null;
    return {
      count: shape[0]!,
      bytes: { x: words(xStrides[0]!), out: words(outStrides[0]!) },
      resized: (count) => ({ shape: [count, ...shape.slice(1)] }),
    };
  },
  fill: (call) => ({ count: call.count, bytes: { out: elementBytes }, resized: (count) => ({ count }) }),
  cast: (call) => ({
    count: call.count,
    bytes: { x: elementBytes, out: elementBytes },
    resized: (count) => ({ count }),
  }),
  reduce: (call) => {
    const { shape, firstReduced, operation } = call;
    if (firstReduced === 1 && operation !== 0) return null;
    const kept = shape.slice(1).filter((_, axis) => axis % 2 === 1);
    return {
      count: shape[0]!,
      bytes: { x: words(inner(shape)), out: firstReduced === 1 ? "sum" : words(sizeOf(kept)) },
      resized: (count, more) => ({
        shape: [count, ...shape.slice(1)],
        ...(firstReduced === 1 ? { accumulate: Number(more) } : {}),
      }),
    };
  },
  argMax: (call) => ({
    count: call.outer,
    bytes: { x: words(call.length, call.inner), out: words(call.inner) },
    resized: (outer) => ({ outer }),
  }),
  matmul: (call) => {
    const { batch, m, n, transposeA, aStride, aBatchStride, bBatchStride } = call;
    if (batch > 1) {
      return {
        count: batch,
        bytes: { a: words(aBatchStride), b: words(bBatchStride), bias: 0, out: words(m, n) },
        resized: (count) => ({ batch: count }),
      };
    }
    return {
      count: m,
      bytes: { a: words(transposeA === 1 ? 1 : aStride), b: 0, bias: 0, out: words(n) },
      resized: (count) => ({ m: count }),
    };
  },
  im2col: (call) => {
    const { image, columns } = columnBytes(call);
    return { count: call.batch, bytes: { x: image, out: columns }, resized: (batch) => ({ batch }) };
  },
  col2im: (call) => {
    const { image, columns } = columnBytes(call);
    return { count: call.batch, bytes: { x: columns, out: image }, resized: (batch) => ({ batch }) };
  },
  conv2d: (call) => {
    const { input, output } = imageBytes(call);
    const pooled = words(call.pooledHeight, call.pooledWidth, call.outChannels);
    return {
      count: call.batch,
      bytes: { x: input, w: 0, bias: 0, out: output, pooled, indices: pooled },
      resized: (batch) => ({ batch }),
    };
  },
  conv2dInputGradient: (call) => {
    const { input, output } = imageBytes(call);
    return { count: call.batch, bytes: { g: output, w: 0, mask: input, out: input }, resized: (batch) => ({ batch }) };
  },
  conv2dFilterGradient: (call) => {
    const { input, output } = imageBytes(call);
    return {
      count: call.batch,
      bytes: { x: input, g: output, out: "sum" },
      resized: (batch, more) => ({ batch, accumulate: Number(more) }),
    };
  },
  conv2dFilterGradientAt: (call) => {
    const taken = words(call.places, call.outChannels);
    return {
      count: call.batch,
      bytes: { x: imageBytes(call).input, g: taken, indices: taken, out: "sum" },
      resized: (batch, more) => ({ batch, accumulate: Number(more) }),
    };
  },
  maxPool2d: (call) => {
    const { input, output } = planeBytes(call);
    return {
      count: call.planes,
      bytes: { x: input, out: output, indices: output },
      resized: (planes) => ({ planes }),
    };
  },
  avgPool2d: (call) => {
    const { input, output } = planeBytes(call);
    return { count: call.planes, bytes: { x: input, out: output }, resized: (planes) => ({ planes }) };
  },
  avgPool2dGradient: (call) => {
    const { input, output } = planeBytes(call);
    return { count: call.planes, bytes: { g: output, out: input }, resized: (planes) => ({ planes }) };
  },
  takeAlong: (call) => {
    const [whole, taken] = [words(call.length, call.channels), words(call.count, call.channels)];
    return {
      count: call.rows,
      bytes: { x: whole, indices: taken, out: taken },
      resized: (rows) => ({ rows }),
    };
  },
  addAlong: (call) => {
    const [whole, taken] = [words(call.length, call.channels), words(call.count, call.channels)];
    return {
      count: call.rows,
      bytes: { g: taken, indices: taken, out: whole },
      resized: (rows) => ({ rows }),
    };
  },
  gather: (call) =>
    call.outer !== 1
      ? null
      : {
          count: call.count,
          bytes: { x: 0, indices: elementBytes, out: words(call.inner) },
          resized: (count) => ({ count }),
        },
  oneHot: (call) => ({
    count: call.rows,
    bytes: { labels: elementBytes, out: words(call.columns) },
    resized: (rows) => ({ rows }),
  }),
  softmax: (call) => ({
    count: call.rows,
    bytes: { x: words(call.columns), out: words(call.columns) },
    resized: (rows) => ({ rows }),
  }),
  crossEntropy: (call) => ({
    count: call.rows,
    bytes: { logits: words(call.columns), labels: elementBytes, out: elementBytes },
    resized: (rows) => ({ rows }),
  }),
};

/** The rows of a call, or null when it can only run as a whole. */
export function rowsOf(call: { readonly kernel: KernelName; readonly arguments: object }): Rows | null {
  const rule = rowsByKernel[call.kernel] as ((call: object) => Rows | null) | undefined;
  const rows = rule?.(call.arguments) ?? null;
  return rows === null || rows.count < 1 ? null : rows;
}
