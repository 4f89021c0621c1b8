// What the course's commands read from the command line besides names.
import { UsageError } from "../command/usage-error.ts";

export interface CourseRunOptions {
  variant?: string;
  set?: Readonly<Record<string, string>>;
  seeds: readonly number[];
  backend?: string;
  threads?: number;
  data?: string;
  json?: boolean;
  out?: string;
  png?: boolean;
}

const mostSeeds = 100;

/** Seeds as "3", "1,4,9" or "1..5". */
export function seeds(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const [from, to] = range === null ? [] : [Number(range[1]), Number(range[2])];
  const found =
    from === undefined || to === undefined
      ? text.split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
      : Array.from({ length: Math.min(mostSeeds + 1, Math.max(0, to - from + 1)) }, (_, index) => from + index);
  const valid = found.length > 0 && found.length <= mostSeeds && found.every((seed) => seed < 2 ** 32);
  if (valid && new Set(found).size === found.length) return found;
  throw new UsageError(
    `--seeds is out of range, got ${text === "" ? "nothing" : text}, expected up to ${mostSeeds} different integers from 0 to 4294967295, such as 1..5 or 1,4,9`,
  );
}

/** Collects key=value of one --set after the other. */
export function assignment(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--set has no value, got ${text}, expected key=value, such as lr=0.1`);
  return { ...before, [text.slice(0, equals).trim()]: text.slice(equals + 1).trim() };
}
