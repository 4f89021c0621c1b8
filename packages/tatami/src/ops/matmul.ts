// Matrix products. The primitive knows matrices [M, K]·[K, N] and batches of them; the builder brings any leading axes
// into that form.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { ShapeError } from "../shape/errors.ts";
import { broadcastShapes, formatShape, type Shape, sizeOf, type TensorType } from "../shape/shape.ts";
import { broadcastTo, sum } from "./broadcast.ts";
import { reshape } from "./movement.ts";

export interface MatmulOptions {
  /** use the transpose of each matrix of `a`, which is then [..., K, M]; default false */
  transposeA?: boolean | undefined;
  /** use the transpose of each matrix of `b`, which is then [..., N, K]; default false */
  transposeB?: boolean | undefined;
}

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** [M, N] of the product. */
function productShape(a: Shape, b: Shape, { transposeA, transposeB }: MatmulAttributes): [number, number] {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: operands must be matrices, got ${formatShape(a)} and ${formatShape(b)}, expected at least 2 axes each`,
      a,
      b,
    );
  }
  const [m, innerA] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const [innerB, n] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
  if (innerA !== innerB) {
    const how = [transposeA ? "a transposed" : "", transposeB ? "b transposed" : ""].filter(Boolean).join(" and ");
    throw new ShapeError(
      `matmul: inner dimensions differ, got ${formatShape(a)} and ${formatShape(b)}${how && ` with ${how}`}, expected ${innerA} = ${innerB}`,
      a,
      b,
    );
  }
  return [m, n];
}

function expectFloats(a: TensorType, b: TensorType): void {
  expectDType("matmul", "a", a.dtype, "float32");
  expectDType("matmul", "b", b.dtype, "float32");
}

export const matmulOp: Op<"matmul", MatmulAttributes> = {
  name: "matmul",
  infer: ([a, b], attributes) => {
    expectFloats(a!, b!);
    const matrix = productShape(a!.shape, b!.shape, attributes);
    const [batchA, batchB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    if (batchA.length > 1 || batchB.length > 1 || (batchA.length + batchB.length === 2 && batchA[0] !== batchB[0])) {
      throw new Error(`internal: matmul of ${formatShape(a!.shape)} and ${formatShape(b!.shape)}`);
    }
    return { shape: [...(batchA.length > 0 ? batchA : batchB), ...matrix], dtype: "float32" };
  },
  // C = A·B: dA = g·Bᵀ, dB = Aᵀ·g. Where Aᵀ was given, its gradient is (g·Bᵀ)ᵀ = B·gᵀ; likewise (Aᵀ·g)ᵀ = gᵀ·A for Bᵀ.
  // A matrix shared by the batch adds up what all of the batch give it.
  vjp:
    ({ transposeA, transposeB }) =>
    (g, _out, a, b) => {
      const da = transposeA ? product(b!, g, transposeB, true) : product(g, b!, false, !transposeB);
      const db = transposeB ? product(g, a!, true, transposeA) : product(a!, g, !transposeA, false);
      return [da.rank > a!.rank ? sum(da, 0) : da, db.rank > b!.rank ? sum(db, 0) : db];
    },
};

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return apply(matmulOp, [a, b], { transposeA, transposeB });
}

/** The matrices of `x` as one batch [B, ...]; a batch of one becomes a shared matrix. */
function batchOf(x: Tensor, batch: Shape): Tensor {
  const matrix = x.shape.slice(-2);
  if (sizeOf(x.shape.slice(0, -2)) === 1) return reshape(x, matrix);
  return reshape(broadcastTo(x, [...batch, ...matrix]), [sizeOf(batch), ...matrix]);
}

/**
 * Matrix product over the last two axes.
 * @param a float32 [..., M, K]
 * @param b float32 [..., K, N]; leading axes broadcast with those of `a`
 * @returns [..., M, N]
 * @throws ShapeError for operands of fewer than 2 axes, different K, or leading axes that do not broadcast
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  expectFloats(a, b);
  const [m, n] = productShape(a.shape, b.shape, { transposeA, transposeB });
  const batch = broadcastShapes("matmul over leading axes", a.shape.slice(0, -2), b.shape.slice(0, -2));
  // rows times one shared matrix are one tall product
  if (b.rank === 2 && !transposeA) {
    return reshape(product(reshape(a, [sizeOf(batch) * m, a.shape.at(-1)!]), b, false, transposeB), [...batch, m, n]);
  }
  return reshape(product(batchOf(a, batch), batchOf(b, batch), transposeA, transposeB), [...batch, m, n]);
}
