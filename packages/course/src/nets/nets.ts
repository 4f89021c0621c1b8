// The course's networks for MNIST, with the settings its exercises use and the outcomes its notebooks published.
import {
  Conv2d,
  Dropout,
  Flatten,
  type Initializer,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
} from "tatamijs/nn";
import { mlp } from "./mlp.ts";
import type { OptimizerName } from "./optimizers.ts";

export interface NetSettings {
  readonly iterations: number;
  readonly optimizer: OptimizerName;
  readonly lr: number;
  /** drawn with replacement */
  readonly batchSize: number;
  /** the first images of each split */
  readonly trainSize: number;
  readonly testSize: number;
  /** iterations between evaluations on all of them */
  readonly evaluateEvery: number;
}

/** What students' notebooks of the course show, unseeded: the lowest and highest of several. */
export interface PublishedAccuracy {
  readonly testAccuracy: readonly [low: number, high: number];
  readonly trainAccuracy?: readonly [low: number, high: number];
  /** on a hosted notebook */
  readonly seconds?: number;
}

export interface Net {
  /** of the exercise */
  readonly exercise: string;
  /** its layers in a line; `hidden` are the sizes of the mlp's hidden layers */
  readonly layers: (hidden: readonly number[]) => string;
  readonly build: (hidden: readonly number[]) => Sequential;
  readonly settings: NetSettings;
  readonly published: PublishedAccuracy;
}

export type NetName = keyof typeof nets;

export const defaultHidden: readonly number[] = [40, 20];

/** [C, H, W] */
export const imageShape = [1, 28, 28] as const;
const classes = 10;

const gaussian = { weightInit: { normal: 0.01 }, biasInit: "zeros" } satisfies InitOptions;
const he = { weightInit: "heNormal", biasInit: "zeros" } satisfies InitOptions;

interface InitOptions {
  readonly weightInit: Initializer;
  readonly biasInit: Initializer;
}

const convolutional = {
  iterations: 1000,
  optimizer: "adam",
  lr: 0.001,
  batchSize: 100,
  trainSize: 5000,
  testSize: 1000,
  evaluateEvery: 10,
} as const satisfies NetSettings;

export const nets = {
  mlp: {
    exercise: "2_2",
    layers: (hidden) => [784, ...hidden, classes].join("-"),
    build: (hidden) => mlp({ hidden }),
    settings: {
      iterations: 2000,
      optimizer: "sgd",
      lr: 0.1,
      batchSize: 100,
      trainSize: 60_000,
      testSize: 10_000,
      evaluateEvery: 100,
    },
    published: { testAccuracy: [0.952, 0.956] },
  },

  "simple-conv": {
    exercise: "2_6",
    layers: () => "conv 30@5×5 – pool 2 – 100 – 10",
    build: () =>
      new Sequential(
        new Conv2d(1, 30, 5, gaussian),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(30 * 12 * 12, 100, gaussian),
        new ReLU(),
        new Linear(100, classes, gaussian),
      ),
    settings: convolutional,
    published: { testAccuracy: [0.959, 0.966], trainAccuracy: [0.994, 0.997], seconds: 732.5 },
  },

  "double-conv": {
    exercise: "2_7",
    layers: () => "conv 10@7×7 – pool 2 – conv 20@3×3 – pool 2 – 100 – 10",
    build: () =>
      new Sequential(
        new Conv2d(1, 10, 7, { padding: 1, ...gaussian }),
        new ReLU(),
        new MaxPool2d(2),
        new Conv2d(10, 20, 3, { padding: 1, ...gaussian }),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(20 * 6 * 6, 100, gaussian),
        new ReLU(),
        new Linear(100, classes, gaussian),
      ),
    // the course stops here because a step is slow there
    settings: { ...convolutional, iterations: 100 },
    published: { testAccuracy: [0.774, 0.789], trainAccuracy: [0.798, 0.817] },
  },

  "deep-conv": {
    exercise: "2_8",
    layers: () => "conv 16-16 – pool – 32-32 – pool – 64-64 – pool – 50 – 10, dropout",
    build: () =>
      new Sequential(
        ...convolutions(1, 16, 1),
        new MaxPool2d(2),
        ...convolutions(16, 32, 2),
        new MaxPool2d(2),
        ...convolutions(32, 64, 1),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(64 * 4 * 4, 50, he),
        new ReLU(),
        new Dropout(0.5),
        new Linear(50, classes, he),
        // on the scores, as the course has it
        new Dropout(0.5),
      ),
    settings: convolutional,
    published: { testAccuracy: [0.979, 0.986], trainAccuracy: [0.994, 0.996] },
  },
} as const satisfies Record<string, Net>;

export const netNames = Object.keys(nets) as NetName[];

/** Two 3×3 convolutions with ReLU; the padding of the second one is 2 in the middle of the course's net. */
function convolutions(inChannels: number, channels: number, secondPadding: number): Module[] {
  return [
    new Conv2d(inChannels, channels, 3, { padding: 1, ...he }),
    new ReLU(),
    new Conv2d(channels, channels, 3, { padding: secondPadding, ...he }),
    new ReLU(),
  ];
}
