// How many threads a program may run on: what the machine has and its control groups allow. It starts none.
import { BackendError } from "../shape/errors.ts";
import { grantedCores } from "./granted-cores.ts";

export const mostThreads = 256;

/**
 * The processor cores that this process may keep busy: in Node what the system grants it, no more than the quota of its
 * control groups (`docker run --cpus 2`) rounded up; in a browser `navigator.hardwareConcurrency`. At least 1.
 */
export function availableThreads(): number {
  return Math.max(1, Math.min(grantedCores(), mostThreads));
}

/**
 * The option `threads` of a backend.
 * @throws BackendError unless it is a whole number in [1, 256]
 */
export function threadsOption(threads: number, backend: string): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return threads;
  throw new BackendError(
    `${backend}: threads must be a whole number, got ${threads}, expected 1 to ${mostThreads}`,
    backend,
  );
}
