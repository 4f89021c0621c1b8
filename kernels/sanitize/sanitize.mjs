// Builds the kernels and the team of threads with a compiler's sanitizers and runs recorded programs on them:
//   npm run sanitize [-- runs]     random calls of each kernel; default 20
// Each instruction set has its builds; what AVX-512 runs is built of two registers for each vector (TATAMI_WIDE in vector.h).
// Address and undefined behaviour first, then races of threads, also where they wait as on macOS, and a system that refuses
// threads.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordPrograms } from "./record.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const compiler = process.env.CC ?? "gcc";
const runs = Number(process.argv[2] ?? 20);

const sources = [
  ...readdirSync(join(here, ".."))
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(here, "..", name)),
  ...["threads.c", "wait.c"].map((name) => join(here, "../../packages/native/addon", name)),
  join(here, "driver.c"),
];
const flags = [
  ...["-std=gnu11", "-O1", "-g", "-fno-omit-frame-pointer", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"],
  ...["-pthread", "-Wl,--wrap=pthread_create"],
];
const fatal = "-fno-sanitize-recover=all";

/** what is built, and how the driver is called; 3 is how many threads the system then lets start */
const builds = [
  { title: "address, undefined", options: ["-fsanitize=address,undefined", fatal], calls: [[], ["3"]] },
  { title: "thread", options: ["-fsanitize=thread"], calls: [[], ["1"]] },
  // as macOS has it: condition variables in the place of Linux's futex
  { title: "thread, without futex", options: ["-fsanitize=thread", "-U__linux__"], calls: [[]] },
];

const report = (line) => process.stdout.write(`sanitize: ${line}\n`);

const folder = mkdtempSync(join(tmpdir(), "tatami-sanitize-"));
try {
  const file = join(folder, "programs");
  writeFileSync(file, await recordPrograms(runs, 1));
  for (const isa of process.arch === "x64" ? ["-msse4.1", "-mavx2 -mfma", "-mavx2 -mfma -DTATAMI_WIDE"] : [""]) {
    for (const { title, options, calls } of builds) {
      const driver = join(folder, "driver");
      const target = isa === "" ? [] : isa.split(" ");
      execFileSync(compiler, [...flags, ...target, ...options, ...sources, "-lm", "-o", driver], { stdio: "inherit" });
      for (const values of calls) {
        const env = { ...process.env, TSAN_OPTIONS: "halt_on_error=1", UBSAN_OPTIONS: "print_stacktrace=1" };
        const output = execFileSync(driver, [file, ...values], { env, stdio: ["ignore", "pipe", "inherit"] });
        report(`${title} (${compiler} ${isa}): clean, ${String(output).trim()}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
