// What ops expect of the tensors they are given, said in one way. The checks throw; nothing here computes.
import { ShapeError } from "../shape/errors.ts";
import { formatShape, type Shape, sameShape } from "../shape/shape.ts";

/**
 * `layout` names the axes in order, e.g. "N, C, H, W".
 * @throws ShapeError unless `shape` has as many axes
 */
export function expectLayout(op: string, name: string, shape: Shape, layout: string): void {
  if (shape.length !== layout.split(",").length) {
    throw new ShapeError(
      `${op}: ${name} has the wrong number of axes, got ${formatShape(shape)}, expected [${layout}]`,
      shape,
    );
  }
}

/** @throws ShapeError unless `shape` is `expected` */
export function expectShape(op: string, name: string, shape: Shape, expected: Shape): void {
  if (!sameShape(shape, expected)) {
    throw new ShapeError(
      `${op}: ${name} has the wrong shape, got ${formatShape(shape)}, expected ${formatShape(expected)}`,
      shape,
      expected,
    );
  }
}
