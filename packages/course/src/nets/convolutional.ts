// The course's convolutional networks for images [1, 28, 28], with what its exercises vary.
import { Conv2d, Dropout, Flatten, Linear, MaxPool2d, type Module, ReLU, Sequential } from "tatamijs/nn";
import { BookDropout } from "./book-layers.ts";
import { type InitName, initializerOf } from "./mlp.ts";
import { sizesThrough, type WindowLayer } from "./sizes.ts";

const classes = 10;
const side = 28;

const initsOf = (name: InitName, scale: number) =>
  ({ weightInit: initializerOf(name, scale), biasInit: "zeros" }) as const;

export interface SimpleConvOptions {
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

/** conv – ReLU – pool – hidden – ReLU – 10 */
export function simpleConv(options: SimpleConvOptions = {}): Sequential {
  const { filters = 30, filterSize = 5, stride = 1, padding = 0, hidden = 100 } = options;
  const inits = initsOf(options.init ?? "gaussian", options.scale ?? 0.01);
  const size = sizesThrough(side, simpleConvWindows(options)).at(-1)!;
  return new Sequential(
    new Conv2d(1, filters, filterSize, { stride, padding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(filters * size * size, hidden, inits),
    new ReLU(),
    new Linear(hidden, classes, inits),
  );
}

export interface DoubleConvOptions {
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

/** Two of conv – ReLU – pool, then hidden – ReLU – 10 */
export function doubleConv(options: DoubleConvOptions = {}): Sequential {
  const { filters = 10, filterSize = 7, padding = 1, hidden = 100 } = options;
  const { secondFilters = 20, secondFilterSize = 3, secondPadding = 1 } = options;
  const inits = initsOf(options.init ?? "gaussian", options.scale ?? 0.01);
  const size = sizesThrough(side, doubleConvWindows(options)).at(-1)!;
  return new Sequential(
    new Conv2d(1, filters, filterSize, { padding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(filters, secondFilters, secondFilterSize, { padding: secondPadding, ...inits }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(secondFilters * size * size, hidden, inits),
    new ReLU(),
    new Linear(hidden, classes, inits),
  );
}

export interface DeepConvOptions {
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

/** Three blocks of two 3×3 convolutions and a pool, then hidden – ReLU – dropout – 10 – dropout, He's initial values */
export function deepConv(options: DeepConvOptions = {}): Sequential {
  const { channels = 16, hidden = 50, dropout = 0.5, dropScores = true, fourthPadding = 2 } = options;
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
  const size = sizesThrough(side, windows).at(-1)!;
  return new Sequential(
    ...block(1, channels, 1),
    ...block(channels, channels * 2, fourthPadding),
    ...block(channels * 2, channels * 4, 1),
    new Flatten(),
    new Linear(channels * 4 * size * size, hidden, inits),
    new ReLU(),
    new dropped(dropout),
    new Linear(hidden, classes, inits),
    ...(dropScores ? [new dropped(dropout)] : []),
  );
}
