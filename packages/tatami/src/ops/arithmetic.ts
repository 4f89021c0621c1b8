// The four operations and the sign change: what every other rule is written with. Operands broadcast.
import { apply, type Tensor } from "../graph/tensor.ts";
import { broadcastOperands, elementwise, type Operand } from "./elementwise.ts";

// d(-x) = -dx
export const negateOp = elementwise("negate", () => (g) => [negate(g)]);

/** −x. */
export function negate(x: Tensor): Tensor {
  return apply(negateOp, [x], null);
}

// d(a + b) = da + db
export const addOp = elementwise("add", () => (g) => [g, g]);

/**
 * a + b.
 * @throws ShapeError when the shapes do not broadcast
 */
export function add(a: Operand, b: Operand): Tensor {
  return apply(addOp, broadcastOperands("add", [a, b]), null);
}

// d(a - b) = da - db
export const subOp = elementwise("sub", () => (g) => [g, negate(g)]);

/**
 * a − b.
 * @throws ShapeError when the shapes do not broadcast
 */
export function sub(a: Operand, b: Operand): Tensor {
  return apply(subOp, broadcastOperands("sub", [a, b]), null);
}

// d(a·b) = b·da + a·db
export const mulOp = elementwise("mul", () => (g, _out, a, b) => [mul(g, b!), mul(g, a!)]);

/**
 * a · b, element by element.
 * @throws ShapeError when the shapes do not broadcast
 */
export function mul(a: Operand, b: Operand): Tensor {
  return apply(mulOp, broadcastOperands("mul", [a, b]), null);
}

// d(a/b) = da/b - (a/b)/b·db
export const divOp = elementwise("div", () => (g, out, _a, b) => {
  const da = div(g, b!);
  return [da, negate(mul(da, out))];
});

/**
 * a / b.
 * @throws ShapeError when the shapes do not broadcast
 */
export function div(a: Operand, b: Operand): Tensor {
  return apply(divOp, broadcastOperands("div", [a, b]), null);
}
