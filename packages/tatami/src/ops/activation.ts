// Activation functions with PyTorch's values and gradients, kinks included.
import { apply, type Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { greater, where } from "./comparison.ts";
import { type ElementwiseParameters, elementwise } from "./elementwise.ts";
import { erf, exp, square } from "./unary.ts";

// d relu(x) = dx where x > 0, else 0
export const reluOp = elementwise("relu", () => (g, out) => [mul(g, greater(out, 0))]);

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return apply(reluOp, [x], null);
}

// d leakyRelu(x) = dx where x > 0, else slope·dx
export const leakyReluOp = elementwise<"leakyRelu", ElementwiseParameters>(
  "leakyRelu",
  ({ parameters: [slope] }) =>
    (g, _out, x) => [mul(g, where(greater(x!, 0), 1, slope!))],
);

/**
 * x where x > 0, else slope · x (Maas et al. 2013); its gradient at 0 is `slope`.
 * @param slope any number, default 0.01
 */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return apply(leakyReluOp, [x], { parameters: [slope] });
}

// d elu(x) = dx where x > 0, else α·exp(x)·dx = (elu(x) + α)·dx
export const eluOp = elementwise<"elu", ElementwiseParameters>("elu", ({ parameters: [alpha] }) => (g, out, x) => [
  mul(g, where(greater(x!, 0), 1, add(out, alpha!))),
]);

/**
 * x where x > 0, else alpha · (eˣ − 1) (Clevert et al. 2015).
 * @param alpha minus the limit at −∞, default 1
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  return apply(eluOp, [x], { parameters: [alpha] });
}

// d xΦ(x) = (Φ(x) + xφ(x))·dx with Φ(x) = ½(1 + erf(x/√2)), φ(x) = exp(-x²/2)/√(2π)
export const geluOp = elementwise("gelu", () => (g, _out, x) => {
  const cumulative = mul(add(erf(mul(x!, Math.SQRT1_2)), 1), 0.5);
  const density = mul(exp(mul(square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [mul(g, add(cumulative, mul(x!, density)))];
});

/** x · Φ(x) with the exact normal distribution Φ, not its tanh approximation (Hendrycks & Gimpel 2016). */
export function gelu(x: Tensor): Tensor {
  return apply(geluOp, [x], null);
}

// d xσ(x) = σ(x)·(1 + x·(1 - σ(x)))·dx
export const siluOp = elementwise("silu", () => (g, _out, x) => {
  const s = sigmoid(x!);
  return [mul(g, mul(s, add(mul(x!, sub(1, s)), 1)))];
});

/** x · sigmoid(x), also known as swish (Elfwing et al. 2017). */
export function silu(x: Tensor): Tensor {
  return apply(siluOp, [x], null);
}

// d σ(x) = σ(x)·(1 - σ(x))·dx
export const sigmoidOp = elementwise("sigmoid", () => (g, out) => [mul(g, mul(out, sub(1, out)))]);

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidOp, [x], null);
}

// d tanh(x) = (1 - tanh²(x))·dx
export const tanhOp = elementwise("tanh", () => (g, out) => [mul(g, sub(1, square(out)))]);

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return apply(tanhOp, [x], null);
}

// d log(1 + eˣ) = σ(x)·dx
export const softplusOp = elementwise("softplus", () => (g, _out, x) => [mul(g, sigmoid(x!))]);

/** log(1 + eˣ), without overflow. */
export function softplus(x: Tensor): Tensor {
  return apply(softplusOp, [x], null);
}
