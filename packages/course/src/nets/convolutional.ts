// The course's convolutional networks, with what its exercises vary; for images [1, 28, 28] unless told otherwise.
import { Conv2d, Dropout, Flatten, Linear, MaxPool2d, type Module, ReLU, Sequential } from "tatamijs/nn";
import { BookDropout } from "./book-layers.ts";
import { type InitName, initializerOf } from "./mlp.ts";
import { pixelsThrough, type WindowLayer } from "./sizes.ts";

/** What a net is for. */
export interface NetInput {
  /** [C, H, W]; default MNIST's */
  readonly imageShape?: readonly [number, number, number];
  /** K; default 10 */
  readonly classes?: number;
}

/** [C, H, W] */
export const mnistShape = [1, 28, 28] as const;

const initsOf = (name: InitName, scale: number) =>
  ({ weightInit: initializerOf(name, scale), biasInit: "zeros" }) as const;

export interface SimpleConvOptions extends NetInput {
  readonly filters?: number;
  readonly filterSize?: number;
  readonly stride?: number;
  readonly padding?: number;
  /** size of the hidden layer */
  readonly hidden?: number;
  readonly init?: InitName;
  /** see initializerOf */
  readonly scale?: number;
}

const pool: WindowLayer = { filter: 2, stride: 2 };

/** The windows of simpleConv, in their order. */
export function simpleConvWindows({ filterSize = 5, stride = 1, padding = 0 }: SimpleConvOptions): WindowLayer[] {
  return [{ filter: filterSize, stride, padding }, pool];
}

/** conv – ReLU – pool – hidden – ReLU – K. @throws ShapeError for images that are too small */
export function simpleConv(options: SimpleConvOptions = {}): Sequential {
  const { filters = 30, filterSize = 5, stride = 1, padding = 0, hidden = 100 } = options;
  const { imageShape = mnistShape, classes = 10 } = options;
  const inits = initsOf(options.init ?? "gaussian", options.scale ?? 0.01);
  const [channels, height, width] = imageShape;
  const pixels = pixelsThrough(height, width, simpleConvWindows(options));
  return new Sequential(
    new Conv2d(channels, filters, filterSize, { stride, padding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(filters * pixels, hidden, inits),
    new ReLU(),
    new Linear(hidden, classes, inits),
  );
}

export interface DoubleConvOptions extends NetInput {
  readonly filters?: number;
  readonly filterSize?: number;
  readonly padding?: number;
  readonly secondFilters?: number;
  readonly secondFilterSize?: number;
  readonly secondPadding?: number;
  readonly hidden?: number;
  readonly init?: InitName;
  readonly scale?: number;
}

/** The windows of doubleConv, in their order. */
export function doubleConvWindows(options: DoubleConvOptions): WindowLayer[] {
  const { filterSize = 7, padding = 1, secondFilterSize = 3, secondPadding = 1 } = options;
  return [{ filter: filterSize, padding }, pool, { filter: secondFilterSize, padding: secondPadding }, pool];
}

/** Two of conv – ReLU – pool, then hidden – ReLU – K. @throws ShapeError for images that are too small */
export function doubleConv(options: DoubleConvOptions = {}): Sequential {
  const { filters = 10, filterSize = 7, padding = 1, hidden = 100 } = options;
  const { secondFilters = 20, secondFilterSize = 3, secondPadding = 1 } = options;
  const { imageShape = mnistShape, classes = 10 } = options;
  const inits = initsOf(options.init ?? "gaussian", options.scale ?? 0.01);
  const [channels, height, width] = imageShape;
  const pixels = pixelsThrough(height, width, doubleConvWindows(options));
  return new Sequential(
    new Conv2d(channels, filters, filterSize, { padding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(filters, secondFilters, secondFilterSize, { padding: secondPadding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(secondFilters * pixels, hidden, inits),
    new ReLU(),
    new Linear(hidden, classes, inits),
  );
}

export interface DeepConvOptions extends NetInput {
  /** of the first block; the others have twice and four times as many */
  readonly channels?: number;
  readonly hidden?: number;
  /** default .5 */
  readonly dropout?: number;
  /** see mlp; default "book" */
  readonly dropoutKind?: "book" | "inverted";
  /** whether the scores are dropped too, as the course has it; default true */
  readonly dropScores?: boolean;
  /** of the fourth convolution: the course has 2 by mistake, which gives the third pool 8 × 8 pixels; default 2 */
  readonly fourthPadding?: number;
}

/** Three blocks of two 3×3 convolutions and a pool, then hidden – ReLU – dropout – K – dropout, He's initial values */
export function deepConv(options: DeepConvOptions = {}): Sequential {
  const { channels = 16, hidden = 50, dropout = 0.5, dropScores = true, fourthPadding = 2 } = options;
  const { imageShape = mnistShape, classes = 10 } = options;
  const [planes, height, width] = imageShape;
  const dropped = options.dropoutKind === "inverted" ? Dropout : BookDropout;
  const inits = initsOf("he", 1);
  const block = (from: number, to: number, padding: number): Module[] => [
    new Conv2d(from, to, 3, { padding: 1, ...inits }),
    new ReLU(),
    new Conv2d(to, to, 3, { padding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
  ];
  const three = { filter: 3, padding: 1 };
  const windows = [three, three, pool, three, { filter: 3, padding: fourthPadding }, pool, three, three, pool];
  const pixels = pixelsThrough(height, width, windows);
  return new Sequential(
    ...block(planes, channels, 1),
    ...block(channels, channels * 2, fourthPadding),
    ...block(channels * 2, channels * 4, 1),
    new Flatten(),
    new Linear(channels * 4 * pixels, hidden, inits),
    new ReLU(),
    new dropped(dropout),
    new Linear(hidden, classes, inits),
    ...(dropScores ? [new dropped(dropout)] : []),
  );
}
