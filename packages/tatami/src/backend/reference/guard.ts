// The check that keeps a diverged step from spoiling the parameters.
import type { Arguments } from "./arguments.ts";

/** @returns whether the program may go on: all of x[0..count) are finite */
export function guard({ x, count }: Arguments<"guard">): boolean {
  for (let i = 0; i < count; i++) if (!Number.isFinite(x[i])) return false;
  return true;
}
