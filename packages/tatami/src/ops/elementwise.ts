// What all elementwise ops share: inputs of one shape, and operands that broadcast to it. The ops themselves are in
// arithmetic.ts, comparison.ts, unary.ts, power.ts and activation.ts, under the names of program/elementwise.ts.
import type { NoGradient, Op, Vjp } from "../graph/node.ts";
import { expectDType, type Tensor } from "../graph/tensor.ts";
import { broadcastShapes, type Shape } from "../shape/shape.ts";
import { broadcastTo } from "./broadcast.ts";
import { expectShape } from "./expectations.ts";
import { full } from "./leaf.ts";

/** A number stands for a float32 scalar. */
export type Operand = Tensor | number;

/** Attributes of leakyRelu, elu and clip: the numbers that follow x in program/elementwise.ts. */
export interface ElementwiseParameters {
  readonly parameters: readonly number[];
}

const operandNames: Readonly<Record<number, readonly string[]>> = { 1: ["x"], 2: ["a", "b"], 3: ["mask", "a", "b"] };

/** An op that computes each element from the elements at the same place of its inputs. */
export function elementwise<Name extends string, A = null>(
  name: Name,
  vjp: ((attributes: A) => Vjp) | NoGradient,
): Op<Name, A> {
  return {
    name,
    infer: (inputs) => {
      const names = operandNames[inputs.length]!;
      inputs.forEach(({ shape, dtype }, index) => {
        expectDType(name, names[index]!, dtype, "float32");
        expectShape(name, names[index]!, shape, inputs[0]!.shape);
      });
      return { shape: inputs[0]!.shape, dtype: "float32" };
    },
    vjp,
  };
}

/**
 * The operands as tensors of the shape they share.
 * @throws ShapeError when they do not broadcast
 */
export function broadcastOperands(op: string, operands: readonly Operand[]): Tensor[] {
  const tensors = operands.map((operand) => (typeof operand === "number" ? full([], operand) : operand));
  const shape = tensors.reduce<Shape>((shared, { shape }) => broadcastShapes(op, shared, shape), []);
  return tensors.map((tensor) => broadcastTo(tensor, shape));
}
