// Cases of the convolution and its two gradients: small ones by hand, and the shapes of the course's networks.
import { opcode } from "../../../program/elementwise.ts";
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCase, ContractCases } from "../contract-case.ts";
import { blank, blankInts, constant, counted, floats, integers, ints, normals } from "../values.ts";
import {
  type ConvolutionCase,
  convolutionFields,
  convolutionSizes,
  type PoolingCase,
  poolingFields,
} from "../windows.ts";

interface Buffers {
  readonly x?: Float32Array;
  readonly w?: Float32Array;
  readonly g?: Float32Array;
  /** what a filter gradient is added to */
  readonly out?: Float32Array;
  /** of the random numbers that stand in for buffers that are not given */
  readonly seed?: number;
}

export function forward(shape: ConvolutionCase, { x, w, seed = 1 }: Buffers = {}): Arguments<"conv2d"> {
  const fields = convolutionFields(shape);
  const sizes = convolutionSizes(fields);
  return {
    x: x ?? normals(sizes.x, seed),
    w: w ?? normals(sizes.w, seed + 1),
    bias: null,
    out: blank(sizes.out),
    ...fields,
    activation: opcode("identity"),
    activationParameter: 0,
    pooled: null,
    indices: null,
    ...noPool,
  };
}

const noPool = {
  pooledHeight: 0,
  pooledWidth: 0,
  poolHeight: 0,
  poolWidth: 0,
  poolStrideHeight: 0,
  poolStrideWidth: 0,
  poolPaddingTop: 0,
  poolPaddingLeft: 0,
};

/** The call with a max pool behind it. */
export function pooling(
  call: Arguments<"conv2d">,
  window: Pick<PoolingCase, "kernel" | "stride" | "padding">,
): Arguments<"conv2d"> {
  const pool = poolingFields({ ...window, image: [call.outHeight, call.outWidth] });
  const count = call.batch * pool.outHeight * pool.outWidth * call.outChannels;
  return {
    ...call,
    pooled: blank(count),
    indices: blankInts(count),
    pooledHeight: pool.outHeight,
    pooledWidth: pool.outWidth,
    poolHeight: pool.kernelHeight,
    poolWidth: pool.kernelWidth,
    poolStrideHeight: pool.strideHeight,
    poolStrideWidth: pool.strideWidth,
    poolPaddingTop: pool.paddingTop,
    poolPaddingLeft: pool.paddingLeft,
  };
}

export function inputGradient(
  shape: ConvolutionCase,
  { g, w, mask = null, seed = 1 }: Buffers & { readonly mask?: Float32Array | null } = {},
): Arguments<"conv2dInputGradient"> {
  const fields = convolutionFields(shape);
  const sizes = convolutionSizes(fields);
  return {
    g: g ?? normals(sizes.out, seed + 2),
    w: w ?? normals(sizes.w, seed + 1),
    mask,
    out: blank(sizes.x),
    ...fields,
  };
}

export function filterGradient(
  shape: ConvolutionCase,
  { x, g, out, seed = 1 }: Buffers = {},
): Arguments<"conv2dFilterGradient"> {
  const fields = convolutionFields(shape);
  const sizes = convolutionSizes(fields);
  return {
    x: x ?? normals(sizes.x, seed),
    g: g ?? normals(sizes.out, seed + 2),
    out: out ?? blank(sizes.w),
    ...fields,
    accumulate: out === undefined ? 0 : 1,
  };
}

/** @param places how many of each plane */
export function filterGradientAt(
  shape: ConvolutionCase,
  places: number,
  { x, g, out, indices, seed = 1 }: Buffers & { readonly indices?: Int32Array } = {},
): Arguments<"conv2dFilterGradientAt"> {
  const { g: dense, ...call } = filterGradient(shape, { ...(x && { x }), ...(out && { out }), seed });
  const taken = call.batch * places * call.outChannels;
  const length = call.outHeight * call.outWidth;
  return {
    ...call,
    g: g ?? normals(taken, seed + 2),
    indices: indices ?? integers(taken, length, seed + 4),
    places,
  };
}

interface TitledCase extends ConvolutionCase {
  readonly title: string;
}

/** Shapes that take different paths through a fast kernel; none has a golden value. */
const anyShapes: readonly TitledCase[] = [
  { title: "the simple net's 5×5 on one channel", batch: 2, outChannels: 30, image: [28, 28], kernel: 5 },
  { title: "the double net's 7×7 with padding", outChannels: 10, image: [28, 28], kernel: 7, padding: 1 },
  { title: "the deep net's 3×3", batch: 2, inChannels: 16, outChannels: 16, image: [14, 14], kernel: 3, padding: 1 },
  { title: "the deep net's padding 2", inChannels: 32, outChannels: 32, image: [14, 14], kernel: 3, padding: 2 },
  {
    title: "the first layer of AlexNet, smaller",
    inChannels: 3,
    outChannels: 8,
    image: [37, 37],
    kernel: 11,
    stride: 4,
    padding: 2,
  },
  { title: "one pixel", batch: 3, inChannels: 5, outChannels: 7, image: [1, 1], kernel: 1 },
  { title: "one pixel under a padded 3×3", inChannels: 2, outChannels: 3, image: [1, 1], kernel: 3, padding: 1 },
  { title: "padding larger than the filter", inChannels: 2, outChannels: 2, image: [3, 3], kernel: 2, padding: 3 },
  { title: "a stride larger than the filter", inChannels: 2, outChannels: 3, image: [11, 7], kernel: 2, stride: 3 },
  { title: "a stride that leaves rows over", inChannels: 3, outChannels: 5, image: [8, 9], kernel: 3, stride: 2 },
  { title: "dilation", inChannels: 3, outChannels: 4, image: [9, 8], kernel: 3, dilation: 2, padding: 2 },
  { title: "groups", inChannels: 6, outChannels: 4, groups: 2, image: [5, 5], kernel: 3, padding: 1 },
  { title: "depthwise", inChannels: 17, outChannels: 17, groups: 17, image: [6, 7], kernel: 3, padding: 1 },
  { title: "depthwise with two filters a channel", inChannels: 3, outChannels: 6, groups: 3, image: [5, 5], kernel: 2 },
  { title: "different sides", inChannels: 2, outChannels: 3, image: [5, 6], kernel: [2, 3], padding: [0, 2, 1, 0] },
  { title: "different axes", inChannels: 2, outChannels: 3, image: [13, 5], kernel: [1, 4], stride: [3, 1] },
  { title: "more channels than a block of taps", inChannels: 75, outChannels: 9, image: [5, 6], kernel: 3, padding: 1 },
  { title: "more taps than a block", outChannels: 3, image: [40, 36], kernel: [36, 33], padding: 1 },
  { title: "windows that reach farther than a strip", outChannels: 3, image: [400, 400], kernel: 2, dilation: 397 },
  { title: "rows longer than a strip", outChannels: 3, image: [1, 140_000], kernel: [1, 2] },
  { title: "more rows than a strip", inChannels: 9, outChannels: 3, image: [300, 70], kernel: [3, 2], padding: 1 },
  { title: "an empty batch", batch: 0, inChannels: 2, outChannels: 3, image: [5, 5], kernel: 3 },
];

/** With a filter of 3×3 and stride 1: what Winograd's tiles of 2 to 6 pixels do not divide, channels around a vector's width. */
const regroupable: readonly Omit<TitledCase, "kernel">[] = [
  { title: "one channel to 16", batch: 5, inChannels: 1, outChannels: 16, image: [13, 9] },
  { title: "3 channels to 16", batch: 5, inChannels: 3, outChannels: 16, image: [7, 7], padding: 1 },
  { title: "16 channels to 17", inChannels: 16, outChannels: 17, image: [9, 11], padding: 1 },
  { title: "17 channels to 16", batch: 5, inChannels: 17, outChannels: 16, image: [6, 5], padding: 2 },
  { title: "64 channels to 64", inChannels: 64, outChannels: 64, image: [7, 10], padding: 1 },
  { title: "64 channels to 3", batch: 5, inChannels: 64, outChannels: 3, image: [5, 5], padding: [0, 1, 2, 0] },
  { title: "17 channels to one", inChannels: 17, outChannels: 1, image: [15, 3], padding: [1, 0, 0, 2] },
  { title: "an image smaller than a tile", batch: 5, inChannels: 16, outChannels: 16, image: [1, 2], padding: 1 },
  { title: "a tile and one pixel", batch: 1, inChannels: 3, outChannels: 3, image: [7, 7] },
  {
    title: "more filters than there is room for",
    inChannels: 192,
    outChannels: 304,
    image: [7, 6],
    padding: 1,
  },
  { title: "two groups of 16", inChannels: 32, outChannels: 32, groups: 2, image: [6, 7], padding: 1 },
];

const shapes: readonly TitledCase[] = [
  ...anyShapes,
  ...regroupable.map(({ title, ...shape }) => ({ ...shape, title: `3×3 on ${title}`, kernel: 3 })),
];

/** 1 to 9 under four windows of 2×2 */
const three: ConvolutionCase = { image: [3, 3], kernel: 2 };
const square = constant(4, 1);
const counting = counted(9);

const twoGroups: ConvolutionCase = { inChannels: 2, outChannels: 2, groups: 2, image: [1, 2], kernel: 1 };

/** One patch of two pixels with two channels each, and three filters. */
const onePatch: ConvolutionCase = { inChannels: 2, outChannels: 3, image: [1, 2], kernel: [1, 2] };

/** 1 to 16 under four windows of 3×3 */
const four: ConvolutionCase = { image: [4, 4], kernel: 3, exact: 0 };
const nine = constant(9, 1);

const adding: ConvolutionCase = { inChannels: 16, outChannels: 17, image: [9, 7], kernel: 3, padding: 1, exact: 0 };

/** fits any image */
const commonPool = { kernel: 3, stride: 2, padding: 1 } as const;

const biased: ConvolutionCase = { batch: 2, inChannels: 3, outChannels: 19, image: [6, 5], kernel: 3, padding: 1 };

function each<Name extends "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient">(
  build: (shape: ConvolutionCase) => Arguments<Name>,
): ContractCase<Name>[] {
  return shapes.flatMap(({ title, ...shape }) => [
    { title: `handles ${title}`, call: build({ ...shape, exact: 1 }) },
    { title: `handles ${title}, products regrouped`, call: build({ ...shape, exact: 0 }) },
  ]);
}

export const convolutionCases: ContractCases<
  "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient" | "conv2dFilterGradientAt"
> = {
  conv2d: [
    {
      title: "sums each window of the image times the filter",
      call: forward(three, { x: counting, w: square }),
      golden: [floats(12, 16, 24, 28)],
    },
    {
      title: "does not flip the filter",
      call: forward(three, { x: counting, w: floats(1, 0, 0, 0) }),
      golden: [floats(1, 2, 4, 5)],
    },
    {
      title: "adds the bias of each filter, then relu",
      call: { ...forward(three, { x: counting, w: square }), bias: floats(-16), activation: opcode("relu") },
      golden: [floats(0, 0, 8, 12)],
    },
    {
      title: "gives each group its own channels",
      call: forward(twoGroups, { x: floats(1, 2, 3, 4), w: floats(10, 100) }),
      golden: [floats(10, 200, 30, 400)],
    },
    {
      title: "multiplies the patch with a column of w for each filter",
      call: forward(onePatch, { x: counted(4), w: counted(12) }),
      golden: [floats(70, 80, 90)],
    },
    {
      title: "may regroup the products of 3×3 windows",
      call: forward(four, { x: counted(16), w: nine }),
      golden: [floats(54, 63, 90, 99)],
    },
    {
      title: "reads zeros in the padding of each side",
      call: forward({ image: [1, 2], kernel: [1, 2], padding: [1, 0, 0, 1] }, { x: floats(3, 5), w: floats(1, 10) }),
      golden: [floats(0, 0, 53, 5)],
    },
    {
      title: "lets NaN through relu and keeps it to its windows",
      call: {
        ...forward(three, { x: floats(Number.NaN, 2, 3, 4, 5, 6, 7, 8, 9), w: square }),
        activation: opcode("relu"),
      },
      golden: [floats(Number.NaN, 16, 24, 28)],
    },
    ...each(forward),
    {
      title: "finds the maxima of what it sums, and where they are",
      call: pooling(forward({ image: [4, 4], kernel: 1 }, { x: counted(16), w: floats(1) }), { kernel: 2, stride: 2 }),
      golden: [counted(16), floats(6, 8, 14, 16), ints(5, 7, 13, 15)],
    },
    {
      title: "finds the maxima in windows of any kind, never in their padding",
      call: pooling(forward({ image: [1, 3], kernel: 1 }, { x: floats(2, 1, 3), w: floats(-1) }), {
        kernel: [1, 2],
        padding: [0, 1],
      }),
      golden: [floats(-2, -1, -3), floats(-2, -1, -1, -3), ints(0, 1, 1, 2)],
    },
    {
      title: "finds the maxima of each filter behind relu, the first of equals",
      call: {
        ...pooling(forward({ image: [1, 2], kernel: 1, outChannels: 2 }, { x: floats(1, 2), w: floats(-1, 1) }), {
          kernel: [1, 2],
        }),
        activation: opcode("relu"),
      },
      golden: [floats(0, 1, 0, 2), floats(0, 2), ints(0, 1)],
    },
    {
      title: "finds the maxima behind any other activation",
      call: {
        ...pooling(forward({ image: [1, 2], kernel: 1, batch: 2 }, { x: floats(1, -2, 3, -8), w: floats(1) }), {
          kernel: [1, 2],
        }),
        activation: opcode("abs"),
      },
      golden: [floats(1, 2, 3, 8), floats(2, 8), ints(1, 1)],
    },
    ...each<"conv2d">((shape) => ({ ...pooling(forward(shape), commonPool), activation: opcode("relu") })).map(
      (entry) => ({
        ...entry,
        title: `finds maxima: ${entry.title}`,
      }),
    ),
    {
      title: "applies gelu after the bias",
      call: { ...forward(biased), bias: normals(19, 4), activation: opcode("gelu") },
    },
    {
      title: "applies leakyRelu with its slope",
      call: { ...forward(biased), bias: normals(19, 4), activation: opcode("leakyRelu"), activationParameter: 0.2 },
    },
  ],
  conv2dInputGradient: [
    {
      title: "adds up the windows over each pixel",
      call: inputGradient(three, { g: square, w: square }),
      golden: [floats(1, 2, 1, 2, 4, 2, 1, 2, 1)],
    },
    {
      title: "spreads each gradient by the filter",
      call: inputGradient({ image: [2, 4], kernel: 2, stride: 2 }, { g: floats(1, 10), w: counted(4) }),
      golden: [floats(1, 2, 10, 20, 3, 4, 30, 40)],
    },
    {
      title: "gives 0 where no window reaches",
      call: inputGradient({ image: [1, 5], kernel: 1, stride: 3 }, { g: floats(2, 3), w: floats(1) }),
      golden: [floats(2, 0, 0, 3, 0)],
    },
    {
      title: "gives each group its own channels",
      call: inputGradient(twoGroups, { g: floats(1, 2, 3, 4), w: floats(10, 100) }),
      golden: [floats(10, 200, 30, 400)],
    },
    {
      title: "adds up what each filter gives to each channel",
      call: inputGradient(onePatch, { g: floats(1, 10, 100), w: counted(12) }),
      golden: [floats(531, 642, 1197, 1308)],
    },
    {
      title: "gives 0 where the mask is not above 0",
      call: inputGradient(three, { g: square, w: square, mask: floats(1, 0, -1, 2, Number.NaN, 3, 0, 1e-30, -0) }),
      golden: [floats(1, 0, 0, 2, 0, 2, 0, 2, 0)],
    },
    {
      title: "may regroup the products of 3×3 windows",
      call: inputGradient(four, { g: square, w: nine }),
      golden: [floats(1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1)],
    },
    ...each(inputGradient),
  ],
  conv2dFilterGradient: [
    {
      title: "sums the image under each tap times the gradient",
      call: filterGradient(three, { x: counting, g: square }),
      golden: [floats(12, 16, 24, 28)],
    },
    {
      title: "sums over the batch",
      call: filterGradient({ batch: 2, image: [1, 1], kernel: 1 }, { x: floats(2, 3), g: floats(10, 100) }),
      golden: [floats(320)],
    },
    {
      title: "adds to what is there",
      call: filterGradient(three, { x: counting, g: square, out: floats(100, 200, 300, 400) }),
      golden: [floats(112, 216, 324, 428)],
    },
    {
      title: "may regroup what it adds to what is there",
      call: filterGradient(adding, { out: normals(9 * 16 * 17, 7) }),
    },
    {
      title: "gives each group its own channels",
      call: filterGradient(twoGroups, { x: floats(1, 2, 3, 4), g: floats(1, 10, 1, 10) }),
      golden: [floats(4, 60)],
    },
    {
      title: "puts the filters side by side",
      call: filterGradient(onePatch, { x: counted(4), g: floats(1, 10, 100) }),
      golden: [floats(1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400)],
    },
    {
      title: "may regroup the products of 3×3 windows",
      call: filterGradient(four, { x: counted(16), g: square }),
      golden: [floats(14, 18, 22, 30, 34, 38, 46, 50, 54)],
    },
    ...each(filterGradient),
  ],
  conv2dFilterGradientAt: [
    {
      title: "sums the windows at the indices times the gradient, those of one channel that are equal too",
      call: filterGradientAt(three, 2, { x: counting, g: floats(1, 10), indices: Int32Array.of(3, 3) }),
      golden: [floats(55, 66, 88, 99)],
    },
    {
      title: "gives each filter the windows at its own indices",
      call: filterGradientAt({ image: [1, 3], kernel: [1, 2], outChannels: 2 }, 1, {
        x: floats(1, 2, 3),
        g: floats(1, 10),
        indices: Int32Array.of(1, 0),
      }),
      golden: [floats(2, 10, 3, 20)],
    },
    {
      title: "adds to what is there",
      call: filterGradientAt(three, 1, {
        x: counting,
        g: floats(1),
        indices: Int32Array.of(0),
        out: floats(100, 200, 300, 400),
      }),
      golden: [floats(101, 202, 304, 405)],
    },
    { title: "leaves 0 where there are no places", call: filterGradientAt(three, 0), golden: [floats(0, 0, 0, 0)] },
    ...shapes.map(({ title, ...shape }) => ({
      title: `handles ${title}`,
      call: filterGradientAt({ ...shape, exact: 1 }, 9),
    })),
  ],
};
