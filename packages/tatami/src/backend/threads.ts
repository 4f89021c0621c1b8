// How many threads a program may run on: what the machine has and its control groups allow. It starts none.
import { BackendError } from "../shape/errors.ts";
import { quotaOf } from "./processor-quota.ts";

export const mostThreads = 256;

/** Node's modules, of which a bundle for browsers must hear nothing; null elsewhere, and before Node 20.16. */
function builtin<M>(name: string): M | null {
  return typeof process === "undefined" ? null : ((process.getBuiltinModule?.(name) as M | undefined) ?? null);
}

/**
 * The processor cores that this process may keep busy: in Node what the system grants it, no more than the quota of its
 * control groups (`docker run --cpus 2`) rounded up; in a browser `navigator.hardwareConcurrency`. At least 1.
 */
export function availableThreads(): number {
  const [os, files] = [builtin<typeof import("node:os")>("node:os"), builtin<typeof import("node:fs")>("node:fs")];
  if (os === null || files === null) {
    return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
  }
  const read = (file: string): string | null => {
    try {
      return files.readFileSync(file, "utf8");
    } catch {
      return null;
    }
  };
  const quota = os.platform() === "linux" ? quotaOf(read) : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(os.availableParallelism(), Math.ceil(quota), mostThreads));
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
