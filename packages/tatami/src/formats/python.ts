// Finds a Python for tests that let NumPy, PyTorch and others read our files. Not part of the library.
import { spawnSync } from "node:child_process";

/**
 * The first Python that can import the module, PYTHON before others; null, and a line that says so, where there is none.
 * @throws Error instead of that line where TATAMI_SKIP_NOTHING is set, as in CI, which brings what the tests want
 */
export function pythonWith(module: string): string | null {
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3", "python"].filter((name) => name !== undefined);
  for (const python of candidates) {
    if (spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0) return python;
  }
  const missing = `no Python here can import ${module}, got ${candidates.join(", ")}`;
  if (process.env.TATAMI_SKIP_NOTHING) throw new Error(`${missing}, expected one that can`);
  process.stderr.write(`tests skipped: ${missing}; PYTHON names another\n`);
  return null;
}
