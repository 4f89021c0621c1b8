// onnxruntime, which bench/ installs, for tests that run exported networks in it. Not part of any package.
import { createRequire } from "node:module";

export function findRuntime() {
  try {
    return createRequire(import.meta.url)("onnxruntime-node");
  } catch (error) {
    const missing = `onnxruntime cannot be loaded from bench/: ${String(error).split("\n")[0]}`;
    if (process.env.TATAMI_SKIP_NOTHING) throw new Error(missing, { cause: error });
    process.stderr.write(`tests skipped: ${missing}; npm ci --prefix bench installs it\n`);
    return null;
  }
}
