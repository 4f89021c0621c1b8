// Initial values of parameters. Each is drawn from a Random of its own, named after the parameter's path, so it depends on
// the seed and the path only: not on the order in which layers were made.
import type { Random } from "../random/index.ts";
import { OptionError } from "../shape/errors.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";

/** How many values a unit is computed from, and how many it feeds: what most initialisers scale by. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Fills a parameter of its own making: row-major values for `shape`, drawn from `random` alone.
 */
export type InitializerFunction = (shape: Shape, fans: Fans, random: Random) => Float32Array;

/**
 * "zeros";
 * "fanInUniform": U(±1/√fanIn), PyTorch's default for every layer (its kaiming_uniform with a = √5);
 * "lecunNormal": standard deviation √(1/fanIn) (LeCun et al. 1998; some courses call it Xavier);
 * "xavierNormal": standard deviation √(2/(fanIn + fanOut)), "xavierUniform": the same variance (Glorot & Bengio 2010);
 * "heNormal": standard deviation √(2/fanIn), "heUniform": the same variance (He et al. 2015).
 */
export type InitializerName = keyof typeof named;

export type Initializer =
  | InitializerName
  | { readonly constant: number }
  /** mean 0 and this standard deviation, ≥ 0 */
  | { readonly normal: number }
  /** from low to high, low ≤ high */
  | { readonly uniform: readonly [low: number, high: number] }
  | InitializerFunction;

/**
 * Fans of a weight, counted as PyTorch does: the second axis is the input, the first the output, and each counts once for
 * every pixel of the kernel. The fans of a vector are its length.
 * @param shape [out, in], [outC, inC/groups, KH, KW] or [inC, outC/groups, KH, KW] of a transposed convolution
 */
export function fansOf(shape: Shape): Fans {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const pixels = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * pixels, fanOut: shape[0] * pixels };
}

const constant =
  (value: number): InitializerFunction =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

const normal =
  (stdOf: (fans: Fans) => number): InitializerFunction =>
  (shape, fans, random) => {
    const values = new Float32Array(sizeOf(shape));
    random.normalInto(values, 0, stdOf(fans));
    return values;
  };

const uniform =
  (limitsOf: (fans: Fans) => readonly [number, number]): InitializerFunction =>
  (shape, fans, random) => {
    const values = new Float32Array(sizeOf(shape));
    random.uniformInto(values, ...limitsOf(fans));
    return values;
  };

/** U(±√3·std) has the standard deviation `std`. */
const uniformOfStd = (stdOf: (fans: Fans) => number): InitializerFunction =>
  uniform((fans) => {
    const limit = Math.sqrt(3) * stdOf(fans);
    return [-limit, limit];
  });

const xavierStd = ({ fanIn, fanOut }: Fans): number => Math.sqrt(2 / (fanIn + fanOut));
const heStd = ({ fanIn }: Fans): number => Math.sqrt(2 / fanIn);

const named = {
  zeros: constant(0),
  fanInUniform: uniformOfStd(({ fanIn }) => Math.sqrt(1 / (3 * fanIn))),
  lecunNormal: normal(({ fanIn }) => Math.sqrt(1 / fanIn)),
  xavierNormal: normal(xavierStd),
  xavierUniform: uniformOfStd(xavierStd),
  heNormal: normal(heStd),
  heUniform: uniformOfStd(heStd),
};

/**
 * The function an initialiser stands for.
 * @throws OptionError for an unknown name, a standard deviation < 0 or crossed limits
 */
export function initializerFunction(initializer: Initializer): InitializerFunction {
  if (typeof initializer === "function") return initializer;
  if (typeof initializer === "string") {
    if (Object.hasOwn(named, initializer)) return named[initializer];
  } else if ("constant" in initializer) {
    return constant(initializer.constant);
  } else if ("normal" in initializer) {
    if (initializer.normal >= 0) return normal(() => initializer.normal);
  } else if ("uniform" in initializer) {
    const [low, high] = initializer.uniform;
    if (low <= high) return uniform(() => [low, high]);
  }
  throw new OptionError(
    `Parameter: initializer is unknown or out of range, got ${JSON.stringify(initializer)}, expected one of ${Object.keys(named).join(", ")}, {constant}, {normal: std >= 0}, {uniform: [low, high]} or a function`,
    "initializer",
    initializer,
  );
}
