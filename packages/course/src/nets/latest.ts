// "Latest CNN": AlexNet as the course draws it, and the networks before and after it at the size of MNIST's images.
import {
  AvgPool2d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool2d,
  GlobalMaxPool2d,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
  Tanh,
} from "tatamijs/nn";
import { convNorm, convRelu, depthwiseSeparable, Inception, Residual } from "./blocks.ts";

const he = { weightInit: "heNormal", biasInit: "zeros" } as const;

export const alexNetHeads = ["flatten", "max", "average"] as const;

export type AlexNetHead = (typeof alexNetHeads)[number];

export interface AlexNetOptions {
  /** what the last convolution's 13 × 13 × 256 become: all 43,264 values, or one a channel; default "average" */
  readonly head?: AlexNetHead;
  /** size of the two fully connected layers; default 4096 */
  readonly hidden?: number;
  readonly classes?: number;
  readonly dropout?: number;
}

/** Layers from the last convolution on; `side` × `side` pixels come in. */
function headLayers(
  head: AlexNetHead,
  channels: number,
  side: number,
  hidden: number,
  classes: number,
  dropout: number,
): Module[] {
  const pooled = { flatten: [], max: [new GlobalMaxPool2d()], average: [new GlobalAvgPool2d()] }[head];
  const features = head === "flatten" ? channels * side * side : channels;
  return [
    ...pooled,
    new Flatten(),
    new Linear(features, hidden, he),
    new ReLU(),
    new Dropout(dropout),
    new Linear(hidden, hidden, he),
    new ReLU(),
    new Dropout(dropout),
    new Linear(hidden, classes, he),
  ];
}

/**
 * AlexNet for images [3, 224, 224] (Krizhevsky et al. 2012), as the course draws it: without the last pool, so that 13·13·256
 * = 43,264 values are flattened; 55 pixels from 224 need padding 2.
 */
export function alexNet({
  head = "average",
  hidden = 4096,
  classes = 1000,
  dropout = 0.5,
}: AlexNetOptions = {}): Sequential {
  return new Sequential(
    ...convRelu(3, 96, 11, { stride: 4, padding: 2 }),
    new MaxPool2d(3, { stride: 2 }),
    ...convRelu(96, 256, 5, { padding: 2 }),
    new MaxPool2d(3, { stride: 2 }),
    ...convRelu(256, 384, 3, { padding: 1 }),
    ...convRelu(384, 384, 3, { padding: 1 }),
    ...convRelu(384, 256, 3, { padding: 1 }),
    ...headLayers(head, 256, 13, hidden, classes, dropout),
  );
}

/** AlexNet's five convolutions for images [1, 28, 28], with an eighth of its channels. */
function smallAlexNet(head: AlexNetHead): Sequential {
  return new Sequential(
    ...convRelu(1, 12, 5, { padding: 2 }),
    new MaxPool2d(3, { stride: 2 }),
    ...convRelu(12, 32, 5, { padding: 2 }),
    new MaxPool2d(3, { stride: 2 }),
    ...convRelu(32, 48, 3, { padding: 1 }),
    ...convRelu(48, 48, 3, { padding: 1 }),
    ...convRelu(48, 32, 3, { padding: 1 }),
    ...headLayers(head, 32, 6, 128, 10, 0.5),
  );
}

/** Networks that train on [1, 28, 28] in a minute or two. */
export const latestNets = {
  "lenet-5": () => {
    const xavier = { weightInit: "xavierNormal", biasInit: "zeros" } as const;
    return new Sequential(
      new Conv2d(1, 6, 5, { padding: 2, ...xavier }),
      new Tanh(),
      new AvgPool2d(2),
      new Conv2d(6, 16, 5, xavier),
      new Tanh(),
      new AvgPool2d(2),
      new Conv2d(16, 120, 5, xavier),
      new Tanh(),
      new Flatten(),
      new Linear(120, 84, xavier),
      new Tanh(),
      new Linear(84, 10, xavier),
    );
  },
  "alexnet-flatten": () => smallAlexNet("flatten"),
  "alexnet-max": () => smallAlexNet("max"),
  "alexnet-average": () => smallAlexNet("average"),
  vgg: () =>
    new Sequential(
      ...convRelu(1, 16, 3, { padding: 1 }),
      ...convRelu(16, 16, 3, { padding: 1 }),
      new MaxPool2d(2),
      ...convRelu(16, 32, 3, { padding: 1 }),
      ...convRelu(32, 32, 3, { padding: 1 }),
      new MaxPool2d(2),
      ...convRelu(32, 64, 3, { padding: 1 }),
      ...convRelu(64, 64, 3, { padding: 1 }),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(64 * 9, 128, he),
      new ReLU(),
      new Dropout(0.5),
      new Linear(128, 10, he),
    ),
  inception: () =>
    new Sequential(
      ...convRelu(1, 16, 3, { padding: 1 }),
      new MaxPool2d(2),
      new Inception(16, [8, 16, 8, 8]),
      new MaxPool2d(2),
      new Inception(40, [16, 32, 16, 16]),
      new GlobalAvgPool2d(),
      new Flatten(),
      new Linear(80, 10, he),
    ),
  resnet: () =>
    new Sequential(
      ...convNorm(1, 16, 3, { padding: 1 }),
      new ReLU(),
      new Residual(16, 16),
      new Residual(16, 32, 2),
      new Residual(32, 64, 2),
      new GlobalAvgPool2d(),
      new Flatten(),
      new Linear(64, 10, he),
    ),
  mobilenet: () =>
    new Sequential(
      ...convNorm(1, 16, 3, { padding: 1, stride: 2 }),
      new ReLU(),
      ...depthwiseSeparable(16, 32),
      ...depthwiseSeparable(32, 64, 2),
      ...depthwiseSeparable(64, 64),
      new GlobalAvgPool2d(),
      new Flatten(),
      new Linear(64, 10, he),
    ),
} as const satisfies Record<string, () => Sequential>;

export type LatestName = keyof typeof latestNets;

export const latestNames = Object.keys(latestNets) as LatestName[];
