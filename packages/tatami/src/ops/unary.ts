// Functions of one number: signs, exponentials, logarithms, roots, erf. pow is in power.ts, activations in activation.ts.
import { apply, type Tensor } from "../graph/tensor.ts";
import { add, div, mul, negate } from "./arithmetic.ts";
import { elementwise } from "./elementwise.ts";

// d|x| = sign(x)·dx, 0 at 0
export const absOp = elementwise("abs", () => (g, _out, x) => [mul(g, sign(x!))]);

/** |x|; its gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return apply(absOp, [x], null);
}

export const signOp = elementwise("sign", { none: "sign is piecewise constant" });

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return apply(signOp, [x], null);
}

// d exp(x) = exp(x)·dx
export const expOp = elementwise("exp", () => (g, out) => [mul(g, out)]);

/** eˣ. */
export function exp(x: Tensor): Tensor {
  return apply(expOp, [x], null);
}

// d(exp(x) - 1) = exp(x)·dx
export const expm1Op = elementwise("expm1", () => (g, out) => [mul(g, add(out, 1))]);

/** eˣ − 1, exact near 0. */
export function expm1(x: Tensor): Tensor {
  return apply(expm1Op, [x], null);
}

// d log(x) = dx/x
export const logOp = elementwise("log", () => (g, _out, x) => [div(g, x!)]);

/** Natural logarithm, x > 0; -∞ at 0, NaN below. */
export function log(x: Tensor): Tensor {
  return apply(logOp, [x], null);
}

// d log(1 + x) = dx/(1 + x)
export const log1pOp = elementwise("log1p", () => (g, _out, x) => [div(g, add(x!, 1))]);

/** log(1 + x), exact near 0, x > -1. */
export function log1p(x: Tensor): Tensor {
  return apply(log1pOp, [x], null);
}

// d√x = dx/(2√x)
export const sqrtOp = elementwise("sqrt", () => (g, out) => [div(mul(g, 0.5), out)]);

/** √x, x ≥ 0; NaN below. Its gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtOp, [x], null);
}

// d x^-½ = -½·x^-3/2·dx
export const rsqrtOp = elementwise("rsqrt", () => (g, out) => [mul(mul(g, -0.5), mul(out, square(out)))]);

/** 1/√x, x > 0. */
export function rsqrt(x: Tensor): Tensor {
  return apply(rsqrtOp, [x], null);
}

// d x² = 2x·dx
export const squareOp = elementwise("square", () => (g, _out, x) => [mul(g, mul(x!, 2))]);

/** x². */
export function square(x: Tensor): Tensor {
  return apply(squareOp, [x], null);
}

// d(1/x) = -x^-2·dx
export const reciprocalOp = elementwise("reciprocal", () => (g, out) => [negate(mul(g, square(out)))]);

/** 1/x. */
export function reciprocal(x: Tensor): Tensor {
  return apply(reciprocalOp, [x], null);
}

// d erf(x) = 2/√π·exp(-x²)·dx
export const erfOp = elementwise("erf", () => (g, _out, x) => [
  mul(g, mul(exp(negate(square(x!))), 2 / Math.sqrt(Math.PI))),
]);

/** The error function 2/√π ∫₀ˣ exp(−t²) dt (DLMF 7.2.1). */
export function erf(x: Tensor): Tensor {
  return apply(erfOp, [x], null);
}
