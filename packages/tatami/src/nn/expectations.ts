// Checks of layer arguments and inputs, so that a mistake is named after the layer it was made in.
import type { Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";

/** @throws OptionError unless `value` is an integer ≥ 1 */
export function expectCount(layer: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(
      `${layer}: ${option} is out of range, got ${value}, expected an integer of at least 1`,
      option,
      value,
    );
  }
}

/**
 * `layout` is the shape in words, such as "N, 3, H, W".
 * @throws ShapeError unless `x` has as many axes and `channels` along axis 1
 */
export function expectChannels(layer: string, x: Tensor, channels: number, layout: string): void {
  if (x.rank !== layout.split(",").length || x.shape[1] !== channels) {
    throw new ShapeError(`${layer}: x has the wrong shape, got ${formatShape(x.shape)}, expected [${layout}]`, x.shape);
  }
}
