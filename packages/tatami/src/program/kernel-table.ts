// Every kernel a backend must have: its name, buffers and parameters. Types only follow from it: a backend that lacks a
// kernel does not compile, and the C header (kernels/generated/kernel-table.h) is generated from it. No logic.
//
// Field kinds
//   in out inout       a float32 buffer, read / written / both        in? out?   may be null
//   in:int out:int     an int32 buffer, read / written                out:int?   may be null
//   in:word out:word   a buffer of 32-bit words of either dtype
//   ins outs           a list of float32 buffers
//   int float          one number                                    ints       a list of int32
//
// Buffers are dense and row-major unless strides are among the fields; strides and offsets count elements.

export type FieldKind = BufferKind | BufferListKind | "int" | "float" | "ints" | "floats";
export type BufferKind =
  | "in"
  | "in?"
  | "out"
  | "out?"
  | "inout"
  | "in:int"
  | "out:int"
  | "out:int?"
  | "in:word"
  | "out:word";
export type BufferListKind = "ins" | "outs";

const window = {
  kernelHeight: "int",
  kernelWidth: "int",
  strideHeight: "int",
  strideWidth: "int",
  paddingTop: "int",
  paddingLeft: "int",
} as const;

const dilatedWindow = { ...window, dilationHeight: "int", dilationWidth: "int" } as const;

/**
 * x is [batch, height, width, inChannels], out or g is [batch, outHeight, outWidth, outChannels]. exact 1: every product
 * is taken as it stands; 0: a kernel may regroup them (Winograd), at the cost of a few more rounding errors.
 */
const convolution = {
  batch: "int",
  inChannels: "int",
  height: "int",
  width: "int",
  outChannels: "int",
  outHeight: "int",
  outWidth: "int",
  ...dilatedWindow,
  groups: "int",
  exact: "int",
} as const;

/** x is [planes, height, width, channels], out or g is [planes, outHeight, outWidth, channels] */
const pooling = {
  planes: "int",
  channels: "int",
  height: "int",
  width: "int",
  outHeight: "int",
  outWidth: "int",
  ...window,
} as const;

/** images are [batch, channels, height, width]; columns [batch·outHeight·outWidth, channels·kernelHeight·kernelWidth] */
const columns = {
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outHeight: "int",
  outWidth: "int",
  ...dilatedWindow,
} as const;

/** an elementwise function (an opcode, identity for none) with its second operand, applied before the store */
const epilogue = { activation: "int", activationParameter: "float" } as const;

/**
 * A max pool of out, as maxPool2d with these sizes is, made of each image as soon as it is finished; none where there is
 * neither `pooled` nor `indices`. Both are [batch, pooledHeight, pooledWidth, outChannels].
 */
const maxPoolBehind = {
  pooled: "out?",
  indices: "out:int?",
  pooledHeight: "int",
  pooledWidth: "int",
  poolHeight: "int",
  poolWidth: "int",
  poolStrideHeight: "int",
  poolStrideWidth: "int",
  poolPaddingTop: "int",
  poolPaddingLeft: "int",
} as const;

export const kernelTable = {
  /**
   * Elementwise functions over `shape` in one pass. Input i is read at Σ index·strides[i·rank + axis] (0 = broadcast),
   * outputs are dense. `code`: see program/elementwise.ts. `results`: the register each output takes.
   */
  fused: {
    inputs: "ins",
    outputs: "outs",
    shape: "ints",
    strides: "ints",
    constants: "floats",
    code: "ints",
    results: "ints",
    registers: "int",
  },
  /** out[outOffset + Σ index·outStrides] = x[xOffset + Σ index·xStrides] over `shape`: transpose, slice, pad, concat… */
  copy: {
    x: "in:word",
    out: "out:word",
    shape: "ints",
    xStrides: "ints",
    outStrides: "ints",
    xOffset: "int",
    outOffset: "int",
  },
  /** out[0..count) = the word `bits` */
  fill: { out: "out:word", count: "int", bits: "int" },
  /** toFloat 1: int32 → float32; 0: float32 → int32, truncating */
  cast: { x: "in:word", out: "out:word", count: "int", toFloat: "int" },
  /**
   * out = scale · reduction of x over alternating axes of `shape`: reduced and kept axes take turns, the first is
   * reduced if `firstReduced`. operation: 0 sum, 1 max, 2 min. accumulate 1 (sums only): added to what out holds.
   */
  reduce: {
    x: "in",
    out: "out",
    shape: "ints",
    firstReduced: "int",
    operation: "int",
    scale: "float",
    accumulate: "int",
  },
  /** x [outer, length, inner] → out [outer, inner]: index of the largest, the first of equals */
  argMax: { x: "in", out: "out:int", outer: "int", length: "int", inner: "int" },
  /**
   * out [batch, m, n] = activation(a·b + bias[n]). a is [m, k], or [k, m] if transposeA, its rows aStride elements apart;
   * b is [k, n], or [n, k] if transposeB; batch strides in elements, 0 where all of the batch share one matrix.
   */
  matmul: {
    a: "in",
    b: "in",
    bias: "in?",
    out: "out",
    batch: "int",
    m: "int",
    n: "int",
    k: "int",
    transposeA: "int",
    transposeB: "int",
    aStride: "int",
    aBatchStride: "int",
    bBatchStride: "int",
    ...epilogue,
  },
  im2col: { x: "in", out: "out", ...columns },
  /** the transpose of im2col: patches add up where they overlap */
  col2im: { x: "in", out: "out", ...columns },
  /** w is [kernelHeight, kernelWidth, inChannels/groups, outChannels], bias [outChannels] */
  conv2d: { x: "in", w: "in", bias: "in?", out: "out", ...convolution, ...epilogue, ...maxPoolBehind },
  /**
   * out is [batch, height, width, inChannels]: the gradient of conv2d for x, which is the transposed convolution.
   * w is [kernelHeight, kernelWidth, outChannels, inChannels/groups]. mask [as out]: out is 0 where it is not above 0.
   */
  conv2dInputGradient: { g: "in", w: "in", mask: "in?", out: "out", ...convolution },
  /** out is [kernelHeight, kernelWidth, inChannels/groups, outChannels], summed over the batch; accumulate 1: added to out */
  conv2dFilterGradient: { x: "in", g: "in", out: "out", ...convolution, accumulate: "int" },
  /**
   * As conv2dFilterGradient, of a g that is 0 but at some places of each plane, as the gradient of a max pool is: g and
   * indices are [batch, places, outChannels], an index a position row·outWidth + column, those of one channel may repeat.
   */
  conv2dFilterGradientAt: {
    x: "in",
    g: "in",
    indices: "in:int",
    out: "out",
    ...convolution,
    places: "int",
    accumulate: "int",
  },
  /** the first of equal maxima wins; indices are positions in the plane (row·width + column); padding never wins */
  maxPool2d: { x: "in", out: "out?", indices: "out:int?", ...pooling },
  /** countPadding 1: divide by the whole window; 0: by the part of it inside the image */
  avgPool2d: { x: "in", out: "out", ...pooling, countPadding: "int" },
  avgPool2dGradient: { g: "in", out: "out", ...pooling, countPadding: "int" },
  /** out[row, j, c] = x[row, indices[row, j, c], c]: x [rows, length, channels], indices and out [rows, count, channels] */
  takeAlong: { x: "in", indices: "in:int", out: "out", rows: "int", length: "int", count: "int", channels: "int" },
  /** the transpose of takeAlong: out [rows, length, channels] starts at 0, out[row, indices[row, j, c], c] += g[row, j, c] */
  addAlong: { g: "in", indices: "in:int", out: "out", rows: "int", length: "int", count: "int", channels: "int" },
  /** x [outer, length, inner], indices [count] → out [outer, count, inner]; an index outside gives the word of NaN */
  gather: {
    x: "in:word",
    indices: "in:int",
    out: "out:word",
    outer: "int",
    length: "int",
    inner: "int",
    count: "int",
  },
  /** the transpose of gather: out [outer, length, inner] starts at 0 and takes g [outer, count, inner] added up */
  scatterAdd: { g: "in", indices: "in:int", out: "out", outer: "int", length: "int", inner: "int", count: "int" },
  /** out [rows, columns]: 1 at the label, else 0; a label outside gives a row of zeros */
  oneHot: { labels: "in:int", out: "out", rows: "int", columns: "int" },
  /** over each row; log 1: the logarithm of it */
  softmax: { x: "in", out: "out", rows: "int", columns: "int", log: "int" },
  /** out[row] = log Σ exp(logits[row]) − logits[row, label]; a label outside gives NaN */
  crossEntropy: { logits: "in", labels: "in:int", out: "out", rows: "int", columns: "int" },
  /**
   * Philox4x32-10 (random/philox.ts) keyed by key = [seed, stream, step]. distribution 0: uniform in
   * [low, low + spread); 1: normal with mean low and standard deviation spread.
   */
  random: { key: "in:int", out: "out", count: "int", distribution: "int", low: "float", spread: "float" },
  /** [seed, stream, step] → [seed, stream, step + 1] */
  nextKey: { key: "in:int", out: "out:int" },
  /**
   * Stops the program here when any of x[0..count) is not finite: what comes later (the updates) does not happen, and
   * the run answers `number`.
   */
  guard: { x: "in", count: "int", number: "int" },
} as const satisfies Record<string, Record<string, FieldKind>>;

export type KernelTable = typeof kernelTable;
export type KernelName = keyof KernelTable;

export const kernelNames: readonly KernelName[] = Object.keys(kernelTable) as KernelName[];

/** A field's value, where a buffer is a `B` (a reference in a Program, a typed array in the reference backend). */
type FieldValue<Kind, FloatBuffer, IntBuffer> = Kind extends "in" | "out" | "inout"
  ? FloatBuffer
  : Kind extends "in?" | "out?"
    ? FloatBuffer | null
    : Kind extends "in:int" | "out:int" | "in:word" | "out:word"
      ? IntBuffer
      : Kind extends "out:int?"
        ? IntBuffer | null
        : Kind extends BufferListKind
          ? readonly FloatBuffer[]
          : Kind extends "ints" | "floats"
            ? readonly number[]
            : number;

/** The arguments of one kernel, buffers and parameters together. */
export type KernelArguments<Name extends KernelName, FloatBuffer, IntBuffer> = {
  readonly [Field in keyof KernelTable[Name]]: FieldValue<KernelTable[Name][Field], FloatBuffer, IntBuffer>;
};

export function isBufferKind(kind: FieldKind): kind is BufferKind {
  return kind.startsWith("in:") || kind.startsWith("out") ? kind !== "outs" : /^(in\??|inout)$/.test(kind);
}

/** Whether a kernel reads, writes or reads and writes a buffer of this kind. */
export function reads(kind: FieldKind): boolean {
  return kind === "ins" || kind === "inout" || kind === "in" || kind === "in?" || kind.startsWith("in:");
}

export function writes(kind: FieldKind): boolean {
  return kind === "inout" || kind.startsWith("out");
}
