// pow, whose gradient for the exponent needs a logarithm. Fixed powers (square, sqrt, …) are in unary.ts.
import { apply, type Tensor } from "../graph/tensor.ts";
import { mul, sub } from "./arithmetic.ts";
import { equal, greaterEqual, where } from "./comparison.ts";
import { broadcastOperands, elementwise, type Operand } from "./elementwise.ts";
import { log } from "./unary.ts";

// d a^b = b·a^(b-1)·da + a^b·log(a)·db; da is 0 where b = 0, db is 0 where a = 0 and b ≥ 0 (0^b is flat there)
export const powOp = elementwise("pow", () => (g, out, a, b) => {
  const base = mul(b!, pow(a!, sub(b!, 1)));
  const exponent = mul(out, log(a!));
  const flat = mul(equal(a!, 0), greaterEqual(b!, 0));
  return [mul(g, where(equal(b!, 0), 0, base)), mul(g, where(flat, 0, exponent))];
});

/**
 * a to the power b; NaN for a negative base with a broken exponent. Operands broadcast.
 * @throws ShapeError when the shapes do not broadcast
 */
export function pow(a: Operand, b: Operand): Tensor {
  return apply(powOp, broadcastOperands("pow", [a, b]), null);
}
