// The arithmetic of windows, as the course writes it.
import { ShapeError } from "tatamijs/shape";

/**
 * (H + 2P − F)/S + 1, rounded down: what a stride that does not divide leaves over is not looked at.
 * @returns 0 or less where the filter is larger than the padded input
 */
export function outputSize(size: number, filter: number, { stride = 1, padding = 0 } = {}): number {
  return Math.floor((size + 2 * padding - filter) / stride) + 1;
}

export interface WindowLayer {
  readonly filter: number;
  readonly stride?: number;
  readonly padding?: number;
}

/** The sizes after each of some layers. */
export function sizesThrough(size: number, layers: readonly WindowLayer[]): number[] {
  const sizes: number[] = [];
  for (const { filter, ...options } of layers) sizes.push(outputSize(sizes.at(-1) ?? size, filter, options));
  return sizes;
}

/**
 * How many pixels are left of an image after some layers.
 * @throws ShapeError for images that are too small for them
 */
export function pixelsThrough(height: number, width: number, layers: readonly WindowLayer[]): number {
  const through = (size: number): number => {
    const sizes = sizesThrough(size, layers);
    return sizes.every((left) => left >= 1) ? sizes.at(-1)! : 0;
  };
  const left = through(height) * through(width);
  if (left > 0) return left;
  let least = 1;
  while (through(least) < 1) least++;
  throw new ShapeError(
    `net: images are too small for its windows, got ${height} × ${width}, expected at least ${least} × ${least}`,
    [height, width],
  );
}

/** How many pixels of the input one output of the last layer sees in a row. */
export function receptiveField(layers: readonly WindowLayer[]): number {
  let field = 1;
  let jump = 1;
  for (const { filter, stride = 1 } of layers) {
    field += (filter - 1) * jump;
    jump *= stride;
  }
  return field;
}
