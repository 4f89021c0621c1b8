// How many processor cores this process may keep busy. Replaced by granted-cores-browser.ts in bundles for browsers.
import { grantedCores as coresOfPage } from "./granted-cores-browser.ts";
import { quotaOf } from "./processor-quota.ts";

/** Node's modules; null elsewhere, and before Node 20.16. */
function builtin<M>(name: string): M | null {
  return typeof process === "undefined" ? null : ((process.getBuiltinModule?.(name) as M | undefined) ?? null);
}

/** What the system grants, no more than the quota of the control groups (`docker run --cpus 2`) rounded up. */
export function grantedCores(): number {
  const [os, files] = [builtin<typeof import("node:os")>("node:os"), builtin<typeof import("node:fs")>("node:fs")];
  if (os === null || files === null) return coresOfPage();
  const read = (file: string): string | null => {
    try {
      return files.readFileSync(file, "utf8");
    } catch {
      return null;
    }
  };
  const quota = os.platform() === "linux" ? quotaOf(read) : Number.POSITIVE_INFINITY;
  return Math.min(os.availableParallelism(), Math.ceil(quota));
}
