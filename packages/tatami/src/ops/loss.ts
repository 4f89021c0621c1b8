// Losses.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { add, div, mul, negate, sub } from "./arithmetic.ts";
import { sum } from "./broadcast.ts";
import { expectLayout, expectShape } from "./expectations.ts";
import { gather, oneHot } from "./indexing.ts";
import { tensor } from "./leaf.ts";
import { reshape } from "./movement.ts";
import { mean } from "./reduce.ts";
import { logSoftmax, softmax } from "./softmax.ts";
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

export interface CrossEntropyOptions extends LossOptions {
  /** float32 [K]: what the loss of a sample is multiplied by, by class; the mean is a weighted one. Default 1 each */
  weight?: Tensor | readonly number[] | undefined;
  /** share of the target spread evenly over all classes, in [0, 1] (Szegedy et al. 2016); default 0 */
  labelSmoothing?: number | undefined;
}

/**
 * −log softmax(logits) at the label, without overflow. With label smoothing ε and class weights w, as in PyTorch,
 * −(1 − ε) · w_label · log p_label − ε / K · Σ w_k · log p_k; the mean divides by the sum of the labels' weights.
 * @param logits float32 [N, K]: scores before softmax
 * @param labels int32 [N]: classes, each from 0 to K - 1; one out of range gives NaN
 * @returns a scalar, or [N] with reduction "none"
 * @throws ShapeError, DTypeError or OptionError for anything else
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight, labelSmoothing = 0, reduction } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new OptionError(
      `crossEntropy: labelSmoothing is out of range, got ${labelSmoothing}, expected a number in [0, 1]`,
      "labelSmoothing",
      labelSmoothing,
    );
  }
  const rows = apply(crossEntropyRowsOp, [logits, labels], null);
  const classes = logits.shape[1]!;
  const weights = weight === undefined ? null : classWeights(weight, classes);
  const sampleWeights = weights === null ? null : gather(weights, labels);
  const atLabel = sampleWeights === null ? rows : mul(rows, sampleWeights);
  let losses = atLabel;
  if (labelSmoothing > 0) {
    const surprise = negate(logSoftmax(logits));
    const spread = sum(weights === null ? surprise : mul(surprise, weights), [1]);
    losses = add(mul(atLabel, 1 - labelSmoothing), mul(spread, labelSmoothing / classes));
  }
  if (sampleWeights !== null && (reduction ?? "mean") === "mean") return div(sum(losses), sum(sampleWeights));
  return reduceLoss("crossEntropy", losses, { reduction });
}

function classWeights(weight: Tensor | readonly number[], classes: number): Tensor {
  const weights = weight instanceof Tensor ? weight : tensor([...weight]);
  expectDType("crossEntropy", "weight", weights.dtype, "float32");
  expectShape("crossEntropy", "weight", weights.shape, [classes]);
  return weights;
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
