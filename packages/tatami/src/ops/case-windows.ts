// Test support: cases of the ops that slide a window, with windows that meet every corner of its arithmetic.
import { apply, type Tensor } from "../graph/tensor.ts";
import { type Pair, type Window, type WindowOptions, windowOf, windowOutput } from "../shape/window.ts";
import { type Case, distinct, real, smooth } from "./case-inputs.ts";
import { conv2dFilterGradientOp, conv2dInputGradientOp } from "./convolution.ts";
import type { ImageSize } from "./images.ts";
import * as ops from "./index.ts";
import { avgPool2dGradientOp } from "./pooling.ts";

interface Slide {
  readonly name: string;
  readonly image: ImageSize;
  readonly kernel: Pair;
  readonly options: WindowOptions;
}

const slides: readonly Slide[] = [
  { name: "unit stride", image: [4, 5], kernel: [3, 2], options: {} },
  { name: "stride over kernel, pixels left over", image: [6, 5], kernel: [2, 1], options: { stride: [4, 3] } },
  { name: "padding over kernel", image: [3, 2], kernel: [2, 2], options: { padding: 3, stride: 2 } },
  { name: "asymmetric padding", image: [4, 4], kernel: [3, 3], options: { padding: [2, 0, 1, 0], stride: [1, 2] } },
  { name: "dilation", image: [6, 5], kernel: [2, 3], options: { dilation: [3, 2], padding: [1, 0] } },
  { name: "one row", image: [1, 5], kernel: [1, 3], options: {} },
];

interface Convolution extends Slide {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
}

const convolutions: readonly Convolution[] = [
  ...slides.map((slide) => ({ ...slide, inChannels: 2, outChannels: 3, groups: 1 })),
  {
    name: "groups",
    image: [3, 3],
    kernel: 2,
    options: { padding: 1, stride: 2 },
    inChannels: 4,
    outChannels: 6,
    groups: 2,
  },
  { name: "depthwise", image: [4, 4], kernel: 3, options: { padding: 1 }, inChannels: 3, outChannels: 3, groups: 3 },
];

const batch = 2;

function shapesOf({ image, kernel, options, inChannels, outChannels, groups }: Convolution) {
  const window = windowOf("case", kernel, options);
  return {
    window,
    images: [batch, inChannels, ...image],
    filters: [outChannels, inChannels / groups, ...window.kernel],
    outputs: [batch, outChannels, ...windowOutput("case", image, window)],
  };
}

export const conv2dCases: Case[] = convolutions.map((convolution) => {
  const { images, filters } = shapesOf(convolution);
  const { name, options, groups } = convolution;
  return smooth(name, [real(...images), real(...filters)], (x, w) => ops.conv2d(x!, w!, { ...options, groups }));
});

export const conv2dInputGradientCases: Case[] = [
  ...convolutions.map((convolution) => {
    const { window, outputs, filters } = shapesOf(convolution);
    const { name, image, groups } = convolution;
    return smooth(name, [real(...outputs), real(...filters)], (g, w) =>
      apply(conv2dInputGradientOp, [g!, w!], { window, groups, image }),
    );
  }),
  smooth("output padding", [real(1, 2, 2, 3), real(2, 2, 3, 3)], (x, w) =>
    ops.convTranspose2d(x!, w!, { stride: 3, padding: 1, outputPadding: [2, 1] }),
  ),
];

export const conv2dFilterGradientCases: Case[] = convolutions.map((convolution) => {
  const { window, images, outputs } = shapesOf(convolution);
  const { name, groups } = convolution;
  return smooth(name, [real(...images), real(...outputs)], (x, g) =>
    apply(conv2dFilterGradientOp, [x!, g!], { window, groups }),
  );
});

export const im2colCases: Case[] = slides.map(({ name, image, kernel, options }) =>
  smooth(name, [real(batch, 2, ...image)], (x) => ops.im2col(x!, kernel, options)),
);

export const col2imCases: Case[] = slides.map(({ name, image, kernel, options }) => {
  const window = windowOf("case", kernel, options);
  const [oh, ow] = windowOutput("case", image, window);
  const columns = real(batch * oh * ow, 2 * window.kernel[0] * window.kernel[1]);
  return smooth(name, [columns], (x) => ops.col2im(x!, [batch, 2, ...image], kernel, options));
});

interface Pool extends Slide {
  readonly options: ops.PoolingOptions;
}

const pools: readonly Pool[] = [
  { name: "stride as kernel", image: [4, 4], kernel: 2, options: {} },
  { name: "windows overlap", image: [4, 5], kernel: [3, 2], options: { stride: 1 } },
  { name: "stride over kernel, pixels left over", image: [6, 5], kernel: 2, options: { stride: [4, 3] } },
  { name: "padding", image: [3, 4], kernel: [3, 2], options: { padding: 1, stride: 2 } },
  { name: "asymmetric padding", image: [3, 3], kernel: 2, options: { padding: [1, 0, 0, 1], stride: 1 } },
];

export const maxPool2dCases: Case[] = pools.map(({ name, image, kernel, options }) =>
  smooth(name, [distinct(1, 2, ...image)], (x) => ops.maxPool2d(x!, kernel, options)),
);

const counts = [true, false];
const named = (name: string, countPadding: boolean): string =>
  `${name}, ${countPadding ? "whole window" : "inside only"}`;

export const avgPool2dCases: Case[] = pools.flatMap(({ name, image, kernel, options }) =>
  counts.map((countIncludePad) =>
    smooth(named(name, countIncludePad), [real(1, 2, ...image)], (x) =>
      ops.avgPool2d(x!, kernel, { ...options, countIncludePad }),
    ),
  ),
);

export const avgPool2dGradientCases: Case[] = pools.flatMap(({ name, image, kernel, options }) =>
  counts.map((countPadding) => {
    const window: Window = windowOf("case", kernel, { stride: kernel, ...options });
    const build = (g: Tensor): Tensor => apply(avgPool2dGradientOp, [g], { window, countPadding, image });
    return smooth(named(name, countPadding), [real(1, 2, ...windowOutput("case", image, window))], build);
  }),
);
