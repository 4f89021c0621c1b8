// Once before all tests: where the native backend is missing, many are left out, and this says so.
import { nativeStatus } from "./status.ts";

/** @throws Error instead of a line where TATAMI_SKIP_NOTHING is set, as in CI */
export function setup(): void {
  const { available, reason } = nativeStatus();
  if (available) return;
  const missing = `no native backend here, ${reason}`;
  if (process.env.TATAMI_SKIP_NOTHING) throw new Error(missing);
  process.stderr.write(`tests skipped: ${missing}\n`);
}
