// Dropout. Its randomness is a key that it holds as a buffer, so a checkpoint continues with the masks that were due.
import type { Tensor } from "../graph/tensor.ts";
import { dropout, nextKey } from "../ops/index.ts";
import { streamOf } from "../random/index.ts";
import { OptionError } from "../shape/errors.ts";
import { Variable } from "../tensor/variable.ts";
import { Module } from "./module.ts";

export class Dropout extends Module {
  readonly p: number;
  /** int32 [3]: [seed, stream, step]; each training call uses it and moves on to the next step */
  readonly key = new Variable([3], "int32");

  /**
   * While training, sets elements to 0 with probability `p` and divides the others by 1 − p; in evaluation the identity
   * (Srivastava et al. 2014, inverted as in PyTorch).
   * @param p probability in [0, 1)
   * @throws OptionError outside this range
   */
  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p < 1)) {
      throw new OptionError(`Dropout: p is out of range, got ${p}, expected a probability in [0, 1)`, "p", p);
    }
    this.p = p;
  }

  /**
   * @param x float32, any shape
   * @throws Error while training when no seed has been given: two such layers would drop the same elements
   */
  override forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    if (this.key.values().every((word) => word === 0)) {
      throw new Error("Dropout: key is not initialised, call model.initialize(seed) first");
    }
    const dropped = dropout(x, this.p, this.key);
    this.key.assign(nextKey(this.key));
    return dropped;
  }

  protected override resetBuffers(seed: number, path: string): void {
    this.key.set([seed, streamOf(path), 0]);
  }
}
