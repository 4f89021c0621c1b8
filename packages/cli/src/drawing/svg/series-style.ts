// How series are told apart: by colour, dash and marker. Colours are of Okabe and Ito's palette (2008), which can be told apart
// by colour-blind people. What a series is decides them, so that SGD, or the test images, look alike in every plot.

export interface SeriesStyle {
  /** index into `colors` */
  readonly color: number;
  /** as stroke-dasharray takes it; "" for a line without gaps */
  readonly dash: string;
  readonly marker: Marker;
}

/** Blue, vermilion, green, purple, sky, orange and grey, on light paper. */
export const colors = ["#0072b2", "#d55e00", "#009e73", "#b0508a", "#3a9bd9", "#c98500", "#6b6b6b"] as const;

/** The same hues, lighter, for dark pages. */
export const darkColors = ["#4aa8e8", "#f58a45", "#35c99a", "#e39ac4", "#9bd5fa", "#f2bd4b", "#b0b0b0"] as const;

/** One more of them than colours, so that series far apart in a list differ in one or the other. */
const dashes = ["", "6 2.5", "2 2.5", "8 2.5 2 2.5", "4 4", "10 3", "1 4", "12 3 3 3"] as const;

export const markers = ["circle", "square", "triangle", "diamond", "cross", "plus"] as const;

export type Marker = (typeof markers)[number];

/** Words of series' names that always have the same colour. */
const roles: Readonly<Record<string, number>> = {
  test: 0,
  training: 1,
  loss: 2,
  "kept out": 3,
  sgd: 0,
  momentum: 1,
  nesterov: 2,
  adagrad: 3,
  rmsprop: 4,
  adam: 5,
  adamw: 6,
  sigmoid: 0,
  relu: 1,
  tanh: 2,
  zero: 6,
  constant: 5,
  gaussian: 0,
  "gaussian-.01": 0,
  "gaussian-1": 4,
  xavier: 2,
  he: 1,
  none: 6,
  batch: 0,
  layer: 1,
  instance: 2,
  group: 3,
  off: 6,
  before: 0,
  after: 1,
  with: 0,
  without: 6,
  "with batch normalisation": 0,
  "without batch normalisation": 6,
  l1: 1,
  l2: 0,
  dropout: 3,
  "elastic net": 2,
  "touching points": 5,
  "p = 0.5": 3,
  "p = 1": 1,
  "p = 2": 0,
  "p = 4": 2,
};

/** Of a series that is nothing but a place in a list. */
export function styleAt(place: number): SeriesStyle {
  return {
    color: place % colors.length,
    dash: dashes[place % dashes.length],
    marker: markers[place % markers.length],
  };
}

/**
 * Styles by name. Where names have several parts ("layer, batches of 32, test"), the first that differs decides the colour,
 * the second dash and marker.
 * @param names of all series of an exercise, in their order
 */
export function seriesStyles(names: readonly string[]): ReadonlyMap<string, SeriesStyle> {
  const parts = names.map((name) => name.split(", "));
  const columns = Array.from({ length: Math.max(0, ...parts.map((list) => list.length)) }, (_, column) => [
    ...new Set(parts.map((list) => list[column] ?? "")),
  ]);
  const varying = columns.flatMap((values, column) => (values.length > 1 ? [column] : []));
  const [first = 0, second] = varying;
  const slots = slotsOf(columns[first] ?? []);
  return new Map(
    names.map((name, index) => {
      const slot = slots.get(parts[index][first] ?? "")!;
      const variety = second === undefined ? slot : columns[second].indexOf(parts[index][second] ?? "");
      return [name, { ...styleAt(variety), color: slot % colors.length }];
    }),
  );
}

/** Names with a role take its place, the others those that are free. */
function slotsOf(names: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  const take = (name: string, slot: number): void => {
    slots.set(name, slot);
    taken.add(slot);
  };
  for (const name of names) {
    const role = roleOf(name);
    if (role !== undefined && !taken.has(role)) take(name, role);
  }
  for (const name of names) {
    if (slots.has(name)) continue;
    let slot = 0;
    while (taken.has(slot)) slot++;
    take(name, slot);
  }
  return slots;
}

function roleOf(name: string): number | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(roles, lower)) return roles[lower];
  const word = lower.split(/[ -]/).findLast((part) => Object.hasOwn(roles, part));
  return word === undefined ? undefined : roles[word];
}
