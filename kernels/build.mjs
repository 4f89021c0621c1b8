// Compiles the kernels to packages/tatami/wasm/tatami.wasm, the same bytes on every machine with the pinned compiler.
// `--check` builds and fails when the committed module differs; without that compiler it says so and skips.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { generateHeader } from "./generate-header.mjs";

const pinnedClang = 14;
const largestGzip = 64 * 1024;
const sources = fileURLToPath(new URL(".", import.meta.url));
const committed = fileURLToPath(new URL("../packages/tatami/wasm/tatami.wasm", import.meta.url));

const flags = [
  "--target=wasm32",
  "-std=c11",
  "-O3",
  "-msimd128",
  "-mbulk-memory",
  // no fused multiply-add is hidden in a sum: the same bits from every compiler (and, measured, faster code)
  "-ffp-contract=off",
  "-ffreestanding",
  "-fno-math-errno",
  "-nostdlib",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wl,--no-entry",
  "-Wl,--export=tatami_run",
  "-Wl,--export-if-defined=tatami_peak",
  "-Wl,--export=__heap_base",
  // the stack lies below the data: an overflow traps instead of writing over it
  "-Wl,--stack-first",
  "-Wl,-z,stack-size=262144",
  "-Wl,--max-memory=4294967296",
  "-Wl,--strip-all",
];

/** Why this machine cannot make the committed bytes, or null when it can. */
function missingCompiler() {
  let version;
  try {
    version = execFileSync("clang", ["--version"], { encoding: "utf8" });
    execFileSync("wasm-ld", ["--version"], { stdio: "ignore" });
  } catch {
    return `clang or wasm-ld is not installed (Debian: apt-get install clang-${pinnedClang} lld-${pinnedClang})`;
  }
  const major = Number(/clang version (\d+)/.exec(version)?.[1]);
  return major === pinnedClang ? null : `clang is version ${major}, the pinned one is ${pinnedClang}`;
}

function compile() {
  const folder = mkdtempSync(join(tmpdir(), "tatami-kernels-"));
  try {
    const output = join(folder, "tatami.wasm");
    const files = readdirSync(sources).filter((name) => name.endsWith(".c"));
    execFileSync("clang", [...flags, "-o", output, ...files.sort()], { cwd: sources, stdio: "inherit" });
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function report(line) {
  process.stdout.write(`kernels: ${line}\n`);
}

const check = process.argv.includes("--check");
await generateHeader({ check });
const missing = missingCompiler();
if (missing !== null) {
  report(`${check ? "check skipped" : "not built"}, ${missing}`);
  process.exit(check ? 0 : 1);
}
const module = compile();
const gzip = gzipSync(module, { level: 9 }).length;
report(`tatami.wasm ${module.length} bytes, ${gzip} gzipped (at most ${largestGzip})`);
if (gzip > largestGzip) throw new Error("kernels: tatami.wasm is larger than its budget");
if (!check) writeFileSync(committed, module);
else if (!module.equals(readFileSync(committed))) {
  throw new Error("kernels: the committed tatami.wasm is not what the sources give, run `npm run kernels`");
}
