// Layers as the course's book has them where it differs from PyTorch. For networks of one's own take those of tatamijs.
import { Dropout, Module, Parameter } from "tatamijs/nn";
import { batchNorm, batchStatistics, mul, reshape } from "tatamijs/ops";
import { type Tensor, Variable } from "tatamijs/tensor";

/**
 * Dropout that is not inverted: while training it only sets elements to 0, and in evaluation it scales by 1 − p, so that
 * a layer behind it sees the same mean in both.
 */
export class BookDropout extends Dropout {
  override forward(x: Tensor): Tensor {
    return mul(super.forward(x), 1 - this.p);
  }
}

/**
 * Batch normalisation by the book: images are flattened first, so that every pixel has statistics of its own; running
 * statistics start at 0 and follow the biased variance with momentum .9; 1e-6 is added to the variance.
 */
export class BookBatchNorm extends Module {
  readonly eps = 1e-6;
  readonly momentum = 0.1;
  /** [features], γ */
  readonly weight: Parameter;
  /** [features], β */
  readonly bias: Parameter;
  readonly runningMean: Variable;
  readonly runningVar: Variable;

  /** @param features values of one sample, all axes together */
  constructor(features: number) {
    super();
    this.weight = new Parameter([features], { constant: 1 });
    this.bias = new Parameter([features], "zeros");
    this.runningMean = new Variable([features]);
    this.runningVar = new Variable([features]);
  }

  /** @param x float32 [N, …], as many values a sample as there are features */
  override forward(x: Tensor): Tensor {
    const flat = reshape(x, [x.shape[0], -1]);
    const affine = { gamma: this.weight, beta: this.bias, eps: this.eps };
    if (!this.training) {
      return reshape(batchNorm(flat, { mean: this.runningMean, variance: this.runningVar, ...affine }), x.shape);
    }
    const statistics = batchStatistics(flat);
    const follow = (running: Variable, value: Tensor): void =>
      running.assign(mul(running, 1 - this.momentum).add(mul(value, this.momentum)));
    follow(this.runningMean, statistics.mean);
    follow(this.runningVar, statistics.variance);
    return reshape(batchNorm(flat, { ...statistics, ...affine }), x.shape);
  }

  protected override resetBuffers(): void {
    this.runningMean.set(new Float32Array(this.runningMean.shape[0]));
    this.runningVar.set(new Float32Array(this.runningVar.shape[0]));
  }
}
