// What several runs of one configuration say together: medians, spreads, bands, and whether they agree with what was
// published.
import type { PublishedOutcome } from "./exercise.ts";
import type { Measure, Plot, Result, Series } from "./result.ts";

/** One run, as it came out. */
export interface Run {
  readonly seed: number;
  readonly results: readonly Result[];
}

export interface Outcome {
  readonly measure: string;
  /** in the order of the runs */
  readonly values: readonly number[];
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly published: Comparison | null;
}

export interface Comparison {
  readonly values: readonly number[];
  /** the published spread, widened by that of the runs and by what rounding hides */
  readonly band: readonly [low: number, high: number];
  readonly inside: boolean;
}

/** Published values have three digits. */
const rounding = 0.0005;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Every measure of the runs; a run that diverged may lack some. */
export function outcomesOf(runs: readonly Run[], published: readonly PublishedOutcome[]): Outcome[] {
  const measures = runs.flatMap(({ results }) =>
    results.filter((result): result is Measure => result.kind === "measure"),
  );
  const names = [...new Set(measures.map(({ name }) => name))];
  return names.map((name) => {
    const values = measures.filter((found) => found.name === name).map(({ value }) => value);
    const found = published.find((outcome) => outcome.measure === name);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const middle = median(values);
    return {
      measure: name,
      values,
      median: middle,
      low,
      high,
      published: found === undefined ? null : compare(found, middle, high - low),
    };
  });
}

function compare({ values, orMore = false }: PublishedOutcome, middle: number, spread: number): Comparison {
  const band = [Math.min(...values) - spread - rounding, Math.max(...values) + spread + rounding] as const;
  return { values, band, inside: middle >= band[0] && (orMore || middle <= band[1]) };
}

/** A series over several seeds: at each x the median and the extremes of the runs that have it. */
export interface Band {
  readonly plot: Plot;
  readonly name: string;
  readonly path: boolean;
  readonly scattered: boolean;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low: number; readonly high: number }[];
}

/** The series of one run, the pieces of each put together, in the order they began. */
export function joinedSeries(results: readonly Result[]): Series[] {
  const joined = new Map<string, Series>();
  for (const result of results) {
    if (result.kind !== "series") continue;
    const key = `${result.plot.title}\n${result.name}`;
    const before = joined.get(key);
    joined.set(key, before === undefined ? result : { ...before, points: [...before.points, ...result.points] });
  }
  return [...joined.values()];
}

/** Trajectories and scattered points do not have a median; theirs are the first run's. */
export function bandsOf(runs: readonly Run[]): Band[] {
  const each = runs.map(({ results }) => joinedSeries(results));
  return (each[0] ?? []).map(({ plot, name, points, path = false, scattered = false }) => {
    if (path || scattered)
      return { plot, name, path, scattered, points: points.map(([x, y]) => ({ x, y, low: y, high: y })) };
    const same = each.flatMap((list) => list.filter((found) => found.plot.title === plot.title && found.name === name));
    const at = new Map<number, number[]>();
    for (const [x, y] of same.flatMap((found) => found.points)) at.set(x, [...(at.get(x) ?? []), y]);
    return {
      plot,
      name,
      path,
      scattered,
      points: [...at]
        .sort(([a], [b]) => a - b)
        .map(([x, values]) => ({ x, y: median(values), low: Math.min(...values), high: Math.max(...values) })),
    };
  });
}
