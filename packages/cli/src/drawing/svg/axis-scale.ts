// Where values stand along an axis of a drawing, and which of them are written there.
import { roundTicks, short } from "../chart-scale.ts";

export interface AxisScale {
  /** in [0, 1] where the value is on the axis */
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

const labelled = (values: readonly number[]): AxisScale["ticks"] =>
  values.map((value) => ({ value, label: short(value) }));

export function linearAxis(low: number, high: number, count = 5): AxisScale {
  const span = high - low || Math.abs(high) || 1;
  return { place: (value) => (value - low) / span, ticks: labelled(roundTicks(low, low + span, count)) };
}

/** From the tenth below the smallest value to 1. */
export function shareAxis(values: readonly number[], count = 5): AxisScale {
  return linearAxis(Math.min(0.9, Math.floor(Math.min(1, ...values) * 10) / 10), 1, count);
}

/** Orders of magnitude; what is not positive stands below the axis. */
export function logAxis(values: readonly number[], count = 6): AxisScale {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  if (logs.length === 0) return linearAxis(0, 1);
  let [low, high] = [Math.min(...logs), Math.max(...logs)];
  // little more than an order of magnitude: round numbers, else powers of ten
  const narrow = high - low < 1.5;
  if (!narrow) [low, high] = [Math.floor(low), Math.ceil(high)];
  const span = high - low || 1;
  const place = (value: number): number => (value > 0 ? (Math.log10(value) - low) / span : -1);
  if (narrow) return { place, ticks: labelled(stepsBetween(10 ** low, 10 ** (low + span))) };
  const step = Math.max(1, Math.ceil(span / count));
  const powers = Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => 10 ** (low + index * step));
  return { place, ticks: labelled(powers) };
}

/** Values of 1, 2 and 5 times powers of ten; where these are few, of every digit; where those are, evenly. */
function stepsBetween(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10(low));
  const among = (digits: readonly number[]): number[] =>
    [power, power * 10, power * 100]
      .flatMap((size) => digits.map((digit) => Number((digit * size).toPrecision(1))))
      .filter((value) => value >= low * 0.999 && value <= high * 1.001);
  const few = among([1, 2, 5]);
  if (few.length >= 3) return few;
  const more = among([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  return more.length >= 4 ? more : roundTicks(low, high, 4).filter((tick) => tick > 0);
}
