// Cases of the convolution and its two gradients: small ones by hand, and the shapes of the course's networks.
import { opcode } from "../../../program/elementwise.ts";
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCase, ContractCases } from "../contract-case.ts";
import { blank, constant, counted, floats, normals } from "../values.ts";
import { type ConvolutionCase, convolutionFields, convolutionSizes } from "../windows.ts";

interface Buffers {
  readonly x?: Float32Array;
  readonly w?: Float32Array;
  readonly g?: Float32Array;
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
  };
}

export function inputGradient(
  shape: ConvolutionCase,
  { g, w, seed = 1 }: Buffers = {},
): Arguments<"conv2dInputGradient"> {
  const fields = convolutionFields(shape);
  const sizes = convolutionSizes(fields);
  return { g: g ?? normals(sizes.out, seed + 2), w: w ?? normals(sizes.w, seed + 1), out: blank(sizes.x), ...fields };
}

export function filterGradient(
  shape: ConvolutionCase,
  { x, g, seed = 1 }: Buffers = {},
): Arguments<"conv2dFilterGradient"> {
  const fields = convolutionFields(shape);
  const sizes = convolutionSizes(fields);
  return { x: x ?? normals(sizes.x, seed), g: g ?? normals(sizes.out, seed + 2), out: blank(sizes.w), ...fields };
}

/** Shapes that take different paths through a fast kernel; none has a golden value. */
const shapes: readonly (ConvolutionCase & { readonly title: string })[] = [
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

/** 1 to 9 under four windows of 2×2 */
const three: ConvolutionCase = { image: [3, 3], kernel: 2 };
const square = constant(4, 1);
const counting = counted(9);

const twoGroups: ConvolutionCase = { inChannels: 2, outChannels: 2, groups: 2, image: [1, 2], kernel: 1 };

const biased: ConvolutionCase = { batch: 2, inChannels: 3, outChannels: 19, image: [6, 5], kernel: 3, padding: 1 };

function each<Name extends "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient">(
  build: (shape: ConvolutionCase) => Arguments<Name>,
): ContractCase<Name>[] {
  return shapes.map(({ title, ...shape }) => ({ title: `handles ${title}`, call: build(shape) }));
}

export const convolutionCases: ContractCases<"conv2d" | "conv2dInputGradient" | "conv2dFilterGradient"> = {
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
      golden: [floats(10, 20, 300, 400)],
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
      golden: [floats(10, 20, 300, 400)],
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
      title: "gives each group its own channels",
      call: filterGradient(twoGroups, { x: floats(1, 2, 3, 4), g: floats(1, 10, 1, 10) }),
      golden: [floats(21, 43)],
    },
    ...each(filterGradient),
  ],
};
