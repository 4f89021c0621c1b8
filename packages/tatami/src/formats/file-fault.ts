// The one form of a complaint about a file: format, source, fault, offset, what is there and what should be.
import { DataError } from "../shape/errors.ts";

/** Complains about one source of one format. */
export type Fault = (what: string, offset: number, got: string, expected: string, cause?: unknown) => DataError;

export function faultsOf(format: string, source: string): Fault {
  return (what, offset, got, expected, cause) =>
    new DataError(
      `${format}: ${source} ${what} at offset ${offset}, got ${got}, expected ${expected}`,
      source,
      cause === undefined ? undefined : { cause },
    );
}

const longestQuote = 120;

/** A value out of a file for a message: quoted, control characters escaped, cut where it is long. */
export function quoted(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // JSON.parse reads what is nested deeper than JSON.stringify can write
    return "something deeply nested";
  }
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}

/**
 * How many elements a shape out of a file has, or NaN where the sizes are not integers ≥ 0 or, zeros aside, their product
 * is larger than can be counted exactly.
 */
export function countElements(shape: readonly unknown[]): number {
  let product = 1;
  let zero = false;
  for (const length of shape) {
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0 || Object.is(length, -0))
      return Number.NaN;
    if (length === 0) zero = true;
    else product *= length;
    if (product > Number.MAX_SAFE_INTEGER) return Number.NaN;
  }
  return zero ? 0 : product;
}
