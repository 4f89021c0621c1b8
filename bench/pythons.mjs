// The Pythons of this machine and what of the peers each has. TATAMI_BENCH_PYTHONS adds paths, separated by ":" or ",".
import { execFileSync } from "node:child_process";

const asked = (process.env.TATAMI_BENCH_PYTHONS ?? "").split(/[:,]/).filter((path) => path !== "");
const candidates = [...asked, "python3", "/usr/bin/python3", "python"];

const probe = `
import json, sys
found = {"path": sys.executable, "python": sys.version.split()[0]}
for name in ("numpy", "torch", "jax"):
    try:
        from importlib.metadata import version
        found[name] = version(name)
    except Exception:
        try:
            found[name] = __import__(name).__version__
        except Exception:
            pass
print(json.dumps(found))
`;

function probed(python) {
  try {
    return JSON.parse(execFileSync(python, ["-c", probe], { stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 }));
  } catch {
    return null;
  }
}

let found;

/** [{path, python, numpy?, torch?, jax?}], versions as text; those asked for first. */
export function pythons() {
  found ??= candidates
    .map(probed)
    .filter((python) => python !== null)
    .filter((python, index, all) => all.findIndex(({ path }) => path === python.path) === index);
  return found;
}

function isNewer(a, b) {
  const [left, right] = [a, b].map((text) => text.split(/[.+a-z]/).map(Number));
  const at = left.findIndex((part, index) => part !== (right[index] ?? 0));
  return at !== -1 && left[at] > (right[at] ?? 0);
}

/** The Python with the newest `module` (and NumPy); undefined where none has it. */
export function newestWith(module) {
  return pythons()
    .filter((python) => python[module] !== undefined && python.numpy !== undefined)
    .reduce((best, python) => (best === undefined || isNewer(python[module], best[module]) ? python : best), undefined);
}
