// Finds a Python for tests that let NumPy or PyTorch read our files. Not part of the library.
import { spawnSync } from "node:child_process";

/** The first Python that can import the module; null, and a line that says so, where there is none. */
export function pythonWith(module: string): string | null {
  for (const python of ["python3", "/usr/bin/python3", "python"]) {
    if (spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0) return python;
  }
  process.stderr.write(`tests skipped: no Python here can import ${module}\n`);
  return null;
}
