// The check that keeps a diverged step from spoiling the parameters.
import type { Arguments } from "./arguments.ts";

/** @returns -1 when the program may go on, for all of x[0..count) are finite; else the guard's number */
export function guard({ x, count, number }: Arguments<"guard">): number {
  for (let i = 0; i < count; i++) if (!Number.isFinite(x[i])) return number;
  return -1;
}
