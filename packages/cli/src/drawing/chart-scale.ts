// Vertical scales of charts: where a value stands between bottom and top, and which values are written at the axis.

export interface VerticalScale {
  /** 0 at the bottom, 1 at the top */
  readonly place: (y: number) => number;
  /** values to write at the axis of a chart of so many lines */
  readonly ticks: (rows: number) => readonly number[];
  readonly tickText: (y: number) => string;
  /** of a curve's last value */
  readonly endText: (y: number) => string;
}

/** Shares up to 1, from the tenth below the smallest. */
export function shareScale(values: readonly number[]): VerticalScale {
  const bottom = Math.min(0.9, Math.floor(Math.min(...values) * 10) / 10);
  const text = (y: number, digits: number): string => y.toFixed(digits).replace(/^0\./, ".");
  return {
    place: (y) => (y - bottom) / (1 - bottom),
    ticks: (rows) => {
      const tenths = Math.round((1 - bottom) * 10);
      const step = [1, 2, 5, 10].find((candidate) => (rows - 1) / (tenths / candidate) >= 2) ?? 10;
      return Array.from({ length: Math.floor(tenths / step) + 1 }, (_, index) => 1 - (index * step) / 10);
    },
    tickText: (y) => (y < 0.05 ? "0" : text(y, 1)),
    endText: (y) => text(y, 3),
  };
}

/** Any values, evenly. */
export function linearScale(values: readonly number[]): VerticalScale {
  const [low, high] = extremes(values);
  const span = high - low || Math.abs(high) || 1;
  return {
    place: (y) => (y - low) / span,
    ticks: (rows) => roundTicks(low, low + span, Math.max(2, Math.floor(rows / 3))),
    tickText: short,
    endText: short,
  };
}

/** Positive values over orders of magnitude; what is not positive stands at the bottom. */
export function logScale(values: readonly number[]): VerticalScale {
  const [low, high] = extremes(values.filter((value) => value > 0).map(Math.log10));
  const bottom = Math.floor(low);
  const top = Math.max(bottom + 1, Math.ceil(high));
  return {
    place: (y) => (y > 0 ? (Math.log10(y) - bottom) / (top - bottom) : 0),
    ticks: (rows) => {
      const step = Math.ceil((top - bottom) / Math.max(1, Math.floor(rows / 2)));
      return Array.from({ length: Math.floor((top - bottom) / step) + 1 }, (_, index) => 10 ** (bottom + index * step));
    },
    tickText: short,
    endText: short,
  };
}

function extremes(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
}

/** About `count` round numbers (1, 2 or 5 times a power of ten apart) from low to high. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** In four letters, or five with a sign: 12, 3.42, .056, 1e-7. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 10_000 || size < 0.001) return value.toExponential(0).replace("e+", "e");
  const text = size >= 100 ? value.toFixed(0) : value.toPrecision(size >= 0.1 ? 3 : 2);
  return String(Number(text)).replace(/^(-?)0\./, "$1.");
}
