// Losses.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { mul, sub } from "./arithmetic.ts";
import { sum } from "./broadcast.ts";
import { expectLayout, expectShape } from "./expectations.ts";
import { oneHot } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { mean } from "./reduce.ts";
import { softmax } from "./softmax.ts";
import { square } from "./unary.ts";

/** How the losses of the elements become one: "none" leaves them. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** default "mean" */
  reduction?: Reduction | undefined;
}

function reduceLoss(op: string, losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "mean") return mean(losses);
  if (reduction === "sum") return sum(losses);
  if (reduction === "none") return losses;
  throw new OptionError(
    `${op}: reduction is unknown, got ${JSON.stringify(reduction)}, expected "mean", "sum" or "none"`,
    "reduction",
    reduction,
  );
}

export const crossEntropyRowsOp: Op<"crossEntropyRows", null> = {
  name: "crossEntropyRows",
  infer: ([logits, labels]) => {
    expectDType("crossEntropy", "logits", logits!.dtype, "float32");
    expectDType("crossEntropy", "labels", labels!.dtype, "int32");
    expectLayout("crossEntropy", "logits", logits!.shape, "N, K");
    expectShape("crossEntropy", "labels", labels!.shape, [logits!.shape[0]!]);
    return { shape: labels!.shape, dtype: "float32" };
  },
  // loss = log Σ exp(xⱼ) - x_label, so dx = (softmax(x) - oneHot(label))·g
  vjp: () => (g, _out, logits, labels) => {
    const [n, k] = logits!.shape;
    return [mul(sub(softmax(logits!), oneHot(labels!, k!)), reshape(g, [n!, 1])), null];
  },
};

/**
 * −log softmax(logits) at the label, without overflow.
 * @param logits float32 [N, K]: scores before softmax
 * @param labels int32 [N]: classes, each from 0 to K - 1; one out of range gives NaN
 * @returns a scalar, or [N] with reduction "none"
 * @throws ShapeError, DTypeError or OptionError for anything else
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  return reduceLoss("crossEntropy", apply(crossEntropyRowsOp, [logits, labels], null), options);
}

/**
 * (prediction − target)², averaged over all elements.
 * @param prediction float32, any shape
 * @param target float32, the same shape
 * @returns a scalar, or the shape of the inputs with reduction "none"
 * @throws ShapeError when the shapes differ: broadcasting here is nearly always a mistake
 */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectShape("meanSquaredError", "target", target.shape, prediction.shape);
  return reduceLoss("meanSquaredError", square(sub(prediction, target)), options);
}
