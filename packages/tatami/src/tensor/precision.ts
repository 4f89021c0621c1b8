// How exactly convolutions are computed from now on: a setting of what is compiled, not of a backend.
import type { Precision } from "../compile/index.ts";
import { OptionError } from "../shape/errors.ts";

export const precisions: readonly Precision[] = ["fast", "exact"];

let chosen: Precision = "fast";

/**
 * Chooses how later compilations compute convolutions; what is compiled stays as it is.
 * @param precision "fast" (default): 3 × 3 convolutions may regroup their products (Winograd), which leaves errors of about
 * 1e-6 of the largest term; "exact": they never do, at about half of the speed, with errors of about 3e-7
 * @throws OptionError for anything else
 */
export function setPrecision(precision: Precision): void {
  if (!precisions.includes(precision)) {
    throw new OptionError(
      `setPrecision: unknown precision, got ${precision}, expected ${precisions.join(" or ")}`,
      "precision",
      precision,
    );
  }
  chosen = precision;
}

export function currentPrecision(): Precision {
  return chosen;
}
