// Layers that only pass values on: Flatten, which joins axes, and Identity.
import type { Tensor } from "../graph/tensor.ts";
import { reshape } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { normalizeAxis, sizeOf } from "../shape/shape.ts";
import { Module } from "./module.ts";

export class Flatten extends Module {
  readonly startAxis: number;
  readonly endAxis: number;

  /**
   * Joins the axes from `startAxis` to `endAxis`, both included, into one; by default all but the batch's.
   * Negative axes count from the back.
   */
  constructor(startAxis = 1, endAxis = -1) {
    super();
    this.startAxis = startAxis;
    this.endAxis = endAxis;
  }

  /**
   * @param x any shape, such as [N, C, H, W]
   * @returns such as [N, C·H·W]
   * @throws OptionError when an axis is out of range or the first comes after the last
   */
  override forward(x: Tensor): Tensor {
    const start = normalizeAxis("Flatten", this.startAxis, x.rank);
    const end = normalizeAxis("Flatten", this.endAxis, x.rank);
    if (start > end) {
      throw new OptionError(
        `Flatten: axes are crossed, got ${this.startAxis} to ${this.endAxis} of ${x.rank} axes, expected an increasing range`,
        "startAxis",
        this.startAxis,
      );
    }
    const joined = sizeOf(x.shape.slice(start, end + 1));
    return reshape(x, [...x.shape.slice(0, start), joined, ...x.shape.slice(end + 1)]);
  }
}

/** Gives back what it gets: a place for hooks, or for a layer that is left out. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}
