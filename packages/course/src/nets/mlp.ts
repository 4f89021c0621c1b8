// The course's fully connected network, with everything its exercises vary.
import {
  Dropout,
  Flatten,
  type Initializer,
  LeakyReLU,
  Linear,
  type Module,
  ReLU,
  Sequential,
  Sigmoid,
  Tanh,
} from "tatamijs/nn";
import { BookBatchNorm, BookDropout } from "./book-layers.ts";

const activations = { relu: ReLU, sigmoid: Sigmoid, tanh: Tanh, "leaky-relu": LeakyReLU };

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as ActivationName[];

/** The course calls Xavier what has standard deviation √(1/n) and is otherwise known by LeCun, and He √(2/n). */
const initializers = {
  zero: (): Initializer => "zeros",
  constant: (scale: number): Initializer => ({ constant: scale }),
  gaussian: (scale: number): Initializer => ({ normal: scale }),
  xavier: (): Initializer => "lecunNormal",
  he: (): Initializer => "heNormal",
};

export type InitName = keyof typeof initializers;

export const initNames = Object.keys(initializers) as InitName[];

/** @param scale the standard deviation of gaussian, the value of constant */
export function initializerOf(name: InitName, scale: number): Initializer {
  return initializers[name](scale);
}

export const batchNormPlaces = ["off", "before", "after"] as const;

export interface MlpOptions {
  /** sizes of the hidden layers */
  readonly hidden: readonly number[];
  readonly activation?: ActivationName;
  readonly init?: InitName;
  /** see initializerOf; default .01 */
  readonly scale?: number;
  /** batch normalisation before or after each activation; default "off" */
  readonly batchNorm?: (typeof batchNormPlaces)[number];
  /** after each activation, in [0, 1); default 0 */
  readonly dropout?: number;
  /** the book's dropout, scaled at the test, or the usual one, scaled in training; default "book" */
  readonly dropoutKind?: "book" | "inverted";
  /** values of a sample; default 784 */
  readonly inputs?: number;
  readonly classes?: number;
}

/** What can be changed about the mlp besides its sizes. */
export type MlpChoices = Pick<MlpOptions, "activation" | "init" | "scale" | "batchNorm" | "dropout">;

export function mlp(options: MlpOptions): Sequential {
  const { hidden, activation = "relu", init = "he", scale = 0.01, batchNorm = "off" } = options;
  const { dropout = 0, dropoutKind = "book", inputs = 784, classes = 10 } = options;
  const inits = { weightInit: initializerOf(init, scale), biasInit: "zeros" } as const;
  const sizes = [inputs, ...hidden];
  const dropped = dropoutKind === "inverted" ? Dropout : BookDropout;
  const layers = hidden.flatMap((size, index): Module[] => [
    new Linear(sizes[index], size, inits),
    ...(batchNorm === "before" ? [new BookBatchNorm(size)] : []),
    new activations[activation](),
    ...(batchNorm === "after" ? [new BookBatchNorm(size)] : []),
    ...(dropout > 0 ? [new dropped(dropout)] : []),
  ]);
  return new Sequential(new Flatten(), ...layers, new Linear(sizes[hidden.length], classes, inits));
}

/** The module after which a hidden layer's values stand. */
export function isActivation(module: object): boolean {
  return Object.values(activations).some((activation) => module instanceof activation);
}
