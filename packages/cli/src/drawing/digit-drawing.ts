// Images of digits as characters: each stands for two pixels, one above the other.

/** Rows and columns that are drawn; MNIST's digits are at most 20 × 20 in their 28 × 28 pixels. */
export const drawnSize = 20;

/**
 * The part of an image where the digit is, as lines of text.
 * @param pixels [height, width] in [0, 1]
 */
export function drawDigit(pixels: Float32Array, height: number, width: number): string[] {
  const top = start(height, (row) => pixels.subarray(row * width, (row + 1) * width).some((pixel) => pixel > 0.25));
  const left = start(width, (column) => pixels.some((pixel, index) => index % width === column && pixel > 0.25));
  const at = (row: number, column: number): number => {
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? pixels[row * width + column] : 0;
  };
  return Array.from({ length: drawnSize / 2 }, (_, line) =>
    Array.from({ length: drawnSize }, (_, column) =>
      character(at(top + line * 2, left + column), at(top + line * 2 + 1, left + column)),
    ).join(""),
  );
}

/** Where a window of drawnSize begins that has the inked rows or columns in its middle. */
function start(length: number, inked: (index: number) => boolean): number {
  const indices = Array.from({ length }, (_, index) => index).filter(inked);
  const first = indices[0] ?? 0;
  const last = indices.at(-1) ?? length - 1;
  return Math.round((first + last + 1 - drawnSize) / 2);
}

function character(above: number, below: number): string {
  if (above > 0.5 && below > 0.5) return "█";
  if (above > 0.5) return "▀";
  if (below > 0.5) return "▄";
  return above + below > 0.5 ? "░" : " ";
}
