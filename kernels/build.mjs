// Compiles the kernels to packages/tatami/wasm/: tatami.wasm for one thread and tatami-threads.wasm for several, the same
// bytes on every machine with the pinned compiler. `--check` builds and fails when a committed module differs; without
// that compiler it says so and skips.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { generateHeader } from "./generate-header.mjs";

const pinnedClang = 14;
const largestGzip = 64 * 1024;
const sources = fileURLToPath(new URL(".", import.meta.url));
const committed = fileURLToPath(new URL("../packages/tatami/wasm/", import.meta.url));

const flags = [
  "--target=wasm32",
  "-std=c11",
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
  // the flags for the linker stand beside those for the compiler
  "-Wno-unused-command-line-argument",
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

/** Where no step spends its time, code is kept small: 4 kB gzipped less in all. */
const seldom = [
  "columns.c",
  "convolution-places.c",
  "convolution-pool.c",
  "convolution-window.c",
  "copy.c",
  "indexing.c",
  "pool.c",
  "softmax.c",
];

const exported = (name) => `-Wl,--export=${name}`;

/** What each module is made with besides. The memory of threads is shared and so must come from outside. */
const modules = {
  "tatami.wasm": [],
  "tatami-threads.wasm": [
    "-pthread",
    "-matomics",
    "-ftls-model=local-exec",
    "-mmutable-globals",
    "-Wl,--shared-memory",
    "-Wl,--import-memory",
    // what backend/wasm/module.ts brings
    "-Wl,--initial-memory=8388608",
    ...["tatami_work", "tatami_scratch_bytes", "tatami_team_rules"].map(exported),
    // a worker sets up its own stack and variables
    ...["__stack_pointer", "__wasm_init_tls", "__tls_size"].map(exported),
  ],
};

/** The pinned compiler by whatever name it has here: { clang }, or why there is none: { missing }. */
function findCompiler() {
  let missing = `clang or its wasm-ld is not installed (Debian: apt-get install clang-${pinnedClang} lld-${pinnedClang})`;
  for (const clang of [`clang-${pinnedClang}`, "clang"]) {
    try {
      const version = execFileSync(clang, ["--version"], { encoding: "utf8" });
      const linker = execFileSync(clang, ["--print-prog-name=wasm-ld"], { encoding: "utf8" }).trim();
      execFileSync(linker, ["--version"], { stdio: "ignore" });
      const major = Number(/clang version (\d+)/.exec(version)?.[1]);
      if (major === pinnedClang) return { clang };
      missing = `${clang} is version ${major}, the pinned one is ${pinnedClang}`;
    } catch {
      // the next name
    }
  }
  return { missing };
}

function compile(clang, name) {
  const folder = mkdtempSync(join(tmpdir(), "tatami-kernels-"));
  try {
    const run = (...args) =>
      execFileSync(clang, [...flags, ...modules[name], ...args], { cwd: sources, stdio: "inherit" });
    const files = readdirSync(sources).filter((file) => file.endsWith(".c"));
    const objects = files.sort().map((file) => {
      const object = join(folder, `${file}.o`);
      run(seldom.includes(file) ? "-Os" : "-O3", "-c", file, "-o", object);
      return object;
    });
    const output = join(folder, name);
    run("-o", output, ...objects);
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
const { clang, missing } = findCompiler();
if (missing !== undefined) {
  report(`${check ? "check skipped" : "not built"}, ${missing}`);
  process.exit(check ? 0 : 1);
}
for (const name of Object.keys(modules)) {
  const module = compile(clang, name);
  const gzip = gzipSync(module, { level: 9 }).length;
  report(`${name} ${module.length} bytes, ${gzip} gzipped (at most ${largestGzip})`);
  if (gzip > largestGzip) throw new Error(`kernels: ${name} is larger than its budget`);
  const file = join(committed, name);
  if (!check) writeFileSync(file, module);
  else if (!existsSync(file) || !module.equals(readFileSync(file))) {
    throw new Error(`kernels: the committed ${name} is not what the sources give, run \`npm run kernels\``);
  }
}
