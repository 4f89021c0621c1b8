// What ops on images [N, C, H, W] share: the shape of a result seen through a window, and its checks.
import { expectDType, type Tensor } from "../graph/tensor.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape, type Shape, type TensorType } from "../shape/shape.ts";
import { type Window, windowOutput } from "../shape/window.ts";
import { expectLayout } from "./expectations.ts";
import { reshape } from "./movement.ts";

/** Height and width. */
export type ImageSize = readonly [number, number];

export function imageSize({ shape }: { readonly shape: Shape }): ImageSize {
  return [shape[2]!, shape[3]!];
}

/** @throws DTypeError or ShapeError unless `x` is float32 [N, C, H, W] */
export function expectImages(op: string, name: string, { shape, dtype }: TensorType): void {
  expectDType(op, name, dtype, "float32");
  expectLayout(op, name, shape, "N, C, H, W");
}

/**
 * [N, channels, OH, OW] of what slides over `x`.
 * @throws DTypeError or ShapeError unless `x` is float32 [N, C, H, W] and as large as the window
 */
export function slidShape(op: string, x: TensorType, window: Window, channels?: number): Shape {
  expectImages(op, "x", x);
  return [x.shape[0]!, channels ?? x.shape[1]!, ...windowOutput(op, imageSize(x), window)];
}

/** @throws ShapeError unless `g` has the size that a window gives over `image` */
export function expectSlid(op: string, g: Shape, image: ImageSize, window: Window): void {
  const output = windowOutput(op, image, window);
  if (g[2] !== output[0] || g[3] !== output[1]) {
    throw new ShapeError(
      `${op}: g has the wrong size, got ${formatShape(g)}, expected [N, C, ${output.join(", ")}] for images of ${image.join(" by ")}`,
      g,
      image,
    );
  }
}

/** [C] in the shape that broadcasts over the channels of `x`, [N, C] or [N, C, H, W]. */
export function perChannel(channels: Tensor, x: Tensor): Tensor {
  return reshape(
    channels,
    x.shape.map((length, axis) => (axis === 1 ? length : 1)),
  );
}
