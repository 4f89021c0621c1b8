// The handle users hold: a lazy value, known by its graph node. Methods (arithmetic, data()) are installed by
// tensor/methods.ts; ops take and return handles, so the library has one list of functions.

import type { DType } from "../shape/dtype.ts";
import { DTypeError } from "../shape/errors.ts";
import type { Shape } from "../shape/shape.ts";
import { makeNode, type Node, type Op } from "./node.ts";

export class Tensor {
  /** what computes this tensor */
  node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  get shape(): Shape {
    return this.node.shape;
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  /** number of axes */
  get rank(): number {
    return this.node.shape.length;
  }
}

/** Builds a node of `op` and hands it out as a tensor. */
export function apply<A>(op: Op<string, A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return new Tensor(
    makeNode(
      op,
      inputs.map((input) => input.node),
      attributes,
    ),
  );
}

/** @throws DTypeError unless `tensor` has `dtype` */
export function expectDType(op: string, name: string, dtype: DType, expected: DType): void {
  if (dtype !== expected) {
    throw new DTypeError(`${op}: ${name} has the wrong dtype, got ${dtype}, expected ${expected}`, dtype);
  }
}
