// The arithmetic of sliding windows: convolution, pooling, im2col. Output size = floor((H + P - extent) / S) + 1.
import { OptionError, ShapeError } from "./errors.ts";
import { formatShape, type Shape } from "./shape.ts";

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** One number for all sides, [vertical, horizontal], or [top, bottom, left, right]. */
export type Padding = number | readonly [number, number] | readonly [number, number, number, number];

/** A window over the last two axes, every field spelled out. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** [top, bottom, left, right] */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

export interface WindowOptions {
  /** step between windows, ≥ 1; default 1 */
  stride?: Pair | undefined;
  /** rows and columns of padding, ≥ 0; default 0 */
  padding?: Padding | undefined;
  /** distance between the taps of a window, ≥ 1; default 1 */
  dilation?: Pair | undefined;
}

function pair(op: string, option: string, value: Pair, minimum: number): readonly [number, number] {
  const [vertical, horizontal] = typeof value === "number" ? [value, value] : value;
  for (const number of [vertical, horizontal]) {
    if (!Number.isInteger(number) || number < minimum) {
      throw new OptionError(
        `${op}: ${option} must be integers of at least ${minimum}, got ${JSON.stringify(value)}`,
        option,
        value,
      );
    }
  }
  return [vertical, horizontal];
}

/**
 * Spells a window out and checks its ranges.
 * @throws OptionError for a kernel, stride or dilation < 1 or a padding < 0
 */
export function windowOf(op: string, kernel: Pair, options: WindowOptions = {}): Window {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const sides =
    typeof padding !== "number" && padding.length === 4
      ? padding
      : (([v, h]) => [v, v, h, h] as const)(pair(op, "padding", padding as Pair, 0));
  for (const side of sides) {
    if (!Number.isInteger(side) || side < 0) {
      throw new OptionError(
        `${op}: padding must be integers of at least 0, got ${JSON.stringify(padding)}`,
        "padding",
        padding,
      );
    }
  }
  return {
    kernel: pair(op, "kernelSize", kernel, 1),
    stride: pair(op, "stride", stride, 1),
    padding: sides,
    dilation: pair(op, "dilation", dilation, 1),
  };
}

/** How many windows fit an image of [H, W]: [OH, OW]. */
export function windowOutput(op: string, image: readonly [number, number], window: Window): [number, number] {
  const { kernel, stride, padding, dilation } = window;
  const output = [0, 1].map((axis) => {
    const padded = image[axis]! + padding[2 * axis]! + padding[2 * axis + 1]!;
    const extent = dilation[axis]! * (kernel[axis]! - 1) + 1;
    if (extent > padded) {
      const name = axis === 0 ? "height" : "width";
      throw new ShapeError(
        `${op}: window is larger than the padded image, got ${name} ${extent} over ${padded} (image ${formatShape(image)}, kernel ${formatShape(kernel)}), expected at most ${padded}`,
        image,
        kernel,
      );
    }
    return Math.floor((padded - extent) / stride[axis]!) + 1;
  });
  return output as [number, number];
}

/**
 * [H, W] of the image whose windows give `output` when every row and column is used; `extra` rows and columns are those a
 * stride that does not divide leaves over (PyTorch's output_padding).
 */
export function windowInput(
  output: readonly [number, number],
  window: Window,
  extra: readonly [number, number],
): Shape {
  const { kernel, stride, padding, dilation } = window;
  return [0, 1].map(
    (axis) =>
      (output[axis]! - 1) * stride[axis]! +
      dilation[axis]! * (kernel[axis]! - 1) +
      1 -
      padding[2 * axis]! -
      padding[2 * axis + 1]! +
      extra[axis]!,
  );
}
