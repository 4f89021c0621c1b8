// The fully connected layer.
import type { Tensor } from "../graph/tensor.ts";
import { add, matmul } from "../ops/index.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import { expectCount } from "./expectations.ts";
import type { Initializer } from "./initializer.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LinearOptions {
  /** whether a bias is added; default true */
  bias?: boolean | undefined;
  /** default "fanInUniform" */
  weightInit?: Initializer | undefined;
  /** default "fanInUniform", by the weight's fans */
  biasInit?: Initializer | undefined;
}

export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | null;

  /**
   * x · weightᵀ + bias.
   * @param inFeatures size of the last axis of what comes in, ≥ 1
   * @param outFeatures size of the last axis of what goes out, ≥ 1
   * @throws OptionError outside these ranges
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, weightInit = "fanInUniform", biasInit = "fanInUniform" } = options;
    expectCount("Linear", "inFeatures", inFeatures);
    expectCount("Linear", "outFeatures", outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter([outFeatures, inFeatures], weightInit);
    this.bias = bias ? new Parameter([outFeatures], biasInit, this.weight.fans) : null;
  }

  /**
   * @param x float32 [..., in], at least 2 axes
   * @returns [..., out]
   * @throws ShapeError when the last axis has another size
   */
  override forward(x: Tensor): Tensor {
    if (x.rank < 2 || x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        `Linear: x has the wrong shape, got ${formatShape(x.shape)}, expected [..., ${this.inFeatures}] with at least 2 axes`,
        x.shape,
      );
    }
    const product = matmul(x, this.weight, { transposeB: true });
    return this.bias === null ? product : add(product, this.bias);
  }
}
