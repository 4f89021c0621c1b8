// How many images of a set are read.
import { OptionError } from "tatamijs/shape";

/** @throws OptionError for a limit that is neither infinite nor an integer ≥ 1 */
export function checkLimit(op: string, limit: number, option = "limit"): void {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 1)) return;
  throw new OptionError(
    `${op}: ${option} is out of range, got ${limit}, expected an integer of at least 1`,
    option,
    limit,
  );
}
