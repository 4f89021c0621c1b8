// Comparisons, and what chooses by them: where, maximum, minimum, clip. Masks are float32, 1 for true and 0 for false.
import { apply, type Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { add, mul } from "./arithmetic.ts";
import { broadcastOperands, type ElementwiseParameters, elementwise, type Operand } from "./elementwise.ts";

const piecewiseConstant = { none: "a comparison is piecewise constant" } as const;

export const equalOp = elementwise("equal", piecewiseConstant);
export const notEqualOp = elementwise("notEqual", piecewiseConstant);
export const lessOp = elementwise("less", piecewiseConstant);
export const lessEqualOp = elementwise("lessEqual", piecewiseConstant);
export const greaterOp = elementwise("greater", piecewiseConstant);
export const greaterEqualOp = elementwise("greaterEqual", piecewiseConstant);

/** Mask of a = b. Operands broadcast, as in every comparison. */
export function equal(a: Operand, b: Operand): Tensor {
  return apply(equalOp, broadcastOperands("equal", [a, b]), null);
}

/** Mask of a ≠ b. */
export function notEqual(a: Operand, b: Operand): Tensor {
  return apply(notEqualOp, broadcastOperands("notEqual", [a, b]), null);
}

/** Mask of a < b. */
export function less(a: Operand, b: Operand): Tensor {
  return apply(lessOp, broadcastOperands("less", [a, b]), null);
}

/** Mask of a ≤ b. */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return apply(lessEqualOp, broadcastOperands("lessEqual", [a, b]), null);
}

/** Mask of a > b. */
export function greater(a: Operand, b: Operand): Tensor {
  return apply(greaterOp, broadcastOperands("greater", [a, b]), null);
}

/** Mask of a ≥ b. */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return apply(greaterEqualOp, broadcastOperands("greaterEqual", [a, b]), null);
}

// da = g where the mask is on, db = g where it is off
export const whereOp = elementwise("where", () => (g, _out, mask) => [null, where(mask!, g, 0), where(mask!, 0, g)]);

/**
 * a where `mask` is not 0, else b.
 * @throws ShapeError when the three shapes do not broadcast
 */
export function where(mask: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereOp, broadcastOperands("where", [mask, a, b]), null);
}

/** 1 where a wins, ½ at a tie, else 0, for the comparison "a is ahead of b" and the same with ties. */
function share(ahead: Tensor, aheadOrTied: Tensor): Tensor {
  return mul(add(ahead, aheadOrTied), 0.5);
}

// da = g where a > b, db = g where b > a, half of it each where they are equal
export const maximumOp = elementwise("maximum", () => (g, _out, a, b) => [
  mul(g, share(greater(a!, b!), greaterEqual(a!, b!))),
  mul(g, share(less(a!, b!), lessEqual(a!, b!))),
]);

/**
 * The larger of a and b, element by element; NaN if either is. At a tie each gets half of the gradient.
 * @throws ShapeError when the shapes do not broadcast
 */
export function maximum(a: Operand, b: Operand): Tensor {
  return apply(maximumOp, broadcastOperands("maximum", [a, b]), null);
}

// da = g where a < b, db = g where b < a, half of it each where they are equal
export const minimumOp = elementwise("minimum", () => (g, _out, a, b) => [
  mul(g, share(less(a!, b!), lessEqual(a!, b!))),
  mul(g, share(greater(a!, b!), greaterEqual(a!, b!))),
]);

/**
 * The smaller of a and b, element by element; NaN if either is. At a tie each gets half of the gradient.
 * @throws ShapeError when the shapes do not broadcast
 */
export function minimum(a: Operand, b: Operand): Tensor {
  return apply(minimumOp, broadcastOperands("minimum", [a, b]), null);
}

// dx = g where low ≤ x ≤ high, else 0
export const clipOp = elementwise<"clip", ElementwiseParameters>(
  "clip",
  ({ parameters: [low, high] }) =>
    (g, _out, x) => [mul(g, mul(greaterEqual(x!, low!), lessEqual(x!, high!)))],
);

/**
 * x limited to [low, high]; the gradient passes at the limits themselves.
 * @throws OptionError when low > high or either is NaN
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) {
    throw new OptionError(
      `clip: limits are crossed, got low ${low} and high ${high}, expected low <= high`,
      "low",
      low,
    );
  }
  return apply(clipOp, [x], { parameters: [low, high] });
}
