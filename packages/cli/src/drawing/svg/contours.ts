// Contours of a function on a grid, by marching squares: where a level passes between two neighbours, a line does.

/** Levels in equal steps of the fourth root above the smallest value: close together where the function is flat. */
export function contourLevels(values: readonly (readonly number[])[], count = 10): number[] {
  const all = values.flat();
  const low = Math.min(...all);
  const span = Math.max(...all) - low;
  return Array.from({ length: count }, (_, index) => low + span * ((index + 0.5) / count) ** 4);
}

type Place = readonly [x: number, y: number];

/**
 * Pieces of the line at which the values are `level`.
 * @param values [rows][columns], the first row at the low end of y
 * @returns ends of each piece, in [0, 1] along both axes
 */
export function contourPieces(values: readonly (readonly number[])[], level: number): (readonly [Place, Place])[] {
  const pieces: (readonly [Place, Place])[] = [];
  const rows = values.length - 1;
  const columns = values[0].length - 1;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const corners: Place[] = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      const heights = corners.map(([x, y]) => values[y][x]);
      const crossings = corners.flatMap((from, side): Place[] => {
        const next = (side + 1) % 4;
        const [a, b] = [heights[side], heights[next]];
        if (a < level === b < level) return [];
        const part = (level - a) / (b - a);
        const to = corners[next];
        return [[(from[0] + part * (to[0] - from[0])) / columns, (from[1] + part * (to[1] - from[1])) / rows]];
      });
      for (let index = 0; index + 1 < crossings.length; index += 2) {
        pieces.push([crossings[index], crossings[index + 1]]);
      }
    }
  }
  return pieces;
}
