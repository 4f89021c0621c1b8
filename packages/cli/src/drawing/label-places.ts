// Where labels stand at the ends of curves: near their curves, in their order, none on another.

/**
 * @param wanted a place for each, downwards
 * @param gap between neighbours, at least
 * @param last place there is; all labels fit above it
 */
export function labelPlaces(wanted: readonly number[], gap: number, last: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  order.forEach((index, rank) => {
    if (rank > 0) places[index] = Math.max(places[index], places[order[rank - 1]] + gap);
  });
  order.toReversed().forEach((index, rank) => {
    places[index] = Math.min(places[index], last - rank * gap);
  });
  return places;
}
