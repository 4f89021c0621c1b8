// The course's networks for MNIST, with the settings its exercises use and the outcomes its notebooks published.
import type { Sequential } from "tatamijs/nn";
import { deepConv, doubleConv, mnistShape, type NetInput, simpleConv } from "./convolutional.ts";
import { type MlpChoices, mlp } from "./mlp.ts";
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

/** What students' notebooks of the course show, unseeded: each value somebody's run. */
export interface PublishedAccuracy {
  readonly testAccuracy: readonly number[];
  readonly trainAccuracy?: readonly number[];
  /** on a hosted notebook */
  readonly seconds?: number;
}

export interface Net {
  /** of the exercise */
  readonly exercise: string;
  /** its layers in a line; `hidden` are the sizes of the mlp's hidden layers */
  readonly layers: (hidden: readonly number[], input?: NetInput) => string;
  /** `choices` are for the mlp too; ShapeError for an input whose images are too small */
  readonly build: (hidden: readonly number[], choices?: MlpChoices, input?: NetInput) => Sequential;
  readonly settings: NetSettings;
  readonly published: PublishedAccuracy;
}

export type NetName = keyof typeof nets;

export const defaultNet: NetName = "simple-conv";

export const defaultHidden: readonly number[] = [40, 20];

/** [C, H, W] */
export const imageShape = mnistShape;
const inputs = ([channels, height, width]: readonly [number, number, number] = imageShape): number =>
  channels * height * width;

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
    exercise: "2_2_2",
    layers: (hidden, { imageShape, classes = 10 }: NetInput = {}) => [inputs(imageShape), ...hidden, classes].join("-"),
    build: (hidden, choices: MlpChoices = {}, { imageShape, classes = 10 }: NetInput = {}) =>
      mlp({ hidden, ...choices, inputs: inputs(imageShape), classes }),
    settings: {
      iterations: 2000,
      optimizer: "sgd",
      lr: 0.1,
      batchSize: 100,
      trainSize: 60_000,
      testSize: 10_000,
      evaluateEvery: 100,
    },
    // somebody's .9241 is left out as an outlier
    published: { testAccuracy: [0.956, 0.9548, 0.952] },
  },

  "simple-conv": {
    exercise: "2_6",
    layers: (_hidden, { classes = 10 }: NetInput = {}) => `conv 30@5×5 – pool 2 – 100 – ${classes}`,
    build: (_hidden, _choices?: MlpChoices, input?: NetInput) => simpleConv(input),
    settings: convolutional,
    published: {
      testAccuracy: [0.966, 0.961, 0.959, 0.964],
      trainAccuracy: [0.997, 0.9952, 0.9966, 0.9938],
      seconds: 732.5,
    },
  },

  "double-conv": {
    exercise: "2_7",
    layers: (_hidden, { classes = 10 }: NetInput = {}) =>
      `conv 10@7×7 – pool 2 – conv 20@3×3 – pool 2 – 100 – ${classes}`,
    build: (_hidden, _choices?: MlpChoices, input?: NetInput) => doubleConv(input),
    // the course stops here because a step is slow there
    settings: { ...convolutional, iterations: 100 },
    published: { testAccuracy: [0.789, 0.774], trainAccuracy: [0.8174, 0.7978] },
  },

  "deep-conv": {
    exercise: "2_8",
    layers: (_hidden, { classes = 10 }: NetInput = {}) =>
      `conv 16-16 – pool – 32-32 – pool – 64-64 – pool – 50 – ${classes}, dropout`,
    build: (_hidden, _choices?: MlpChoices, input?: NetInput) => deepConv(input),
    settings: convolutional,
    published: { testAccuracy: [0.979, 0.986], trainAccuracy: [0.9944, 0.996] },
  },
} as const satisfies Record<string, Net>;

export const netNames = Object.keys(nets) as NetName[];
