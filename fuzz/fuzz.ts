// npm run fuzz -- [--reader NAME] [--cases N] [--seed N] [--case N]: long runs of the readers, each in a process of its own
// so that its peak memory can be told. Ends with code 1 where a case failed.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fuzz } from "./cases.ts";
import { type Reader, type ReaderName, readers } from "./readers.ts";

const mebibyte = 2 ** 20;
/** above what the process takes when it has read whole files only */
const mostMemory = 64 * mebibyte;
const warmUp = 2_000;

const usage = `npm run fuzz -- [--reader ${Object.keys(readers).join("|")}] [--cases 100000] [--seed 1] [--case N]\n`;

function options(): { names: ReaderName[]; cases: number; seed: number; only: number | undefined } | null {
  try {
    const { values } = parseArgs({
      options: {
        reader: { type: "string" },
        cases: { type: "string", default: "100000" },
        seed: { type: "string", default: "1" },
        case: { type: "string" },
      },
    });
    const names = values.reader === undefined ? Object.keys(readers) : [values.reader];
    const [cases, seed, only] = [values.cases, values.seed, values.case].map((text) =>
      text === undefined ? undefined : Number(text),
    );
    const counts = [cases, seed, only ?? 0].every((count) => Number.isSafeInteger(count) && count! >= 0);
    if (!counts || !names.every((name) => Object.hasOwn(readers, name)) || (only !== undefined && names.length !== 1))
      return null;
    return { names: names as ReaderName[], cases: cases!, seed: seed!, only };
  } catch {
    return null;
  }
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Forgets the peak so far where the system can (Linux): what starting up took would hide what a case takes. */
function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // the peak of the whole process is then all there is
  }
}

/** Bytes of memory: now, and at most since `resetPeak`. */
function memory(): { now: number; peak: number } {
  const now = process.memoryUsage.rss();
  try {
    const kilobytes = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return { now, peak: Number(kilobytes) * 1024 };
  } catch {
    return { now, peak: process.resourceUsage().maxRSS * 1024 };
  }
}

async function run(name: ReaderName, cases: number, seed: number, only: number | undefined): Promise<boolean> {
  const begin = performance.now();
  const reader: Reader = readers[name];
  const files = await reader.files();
  for (let index = 0; index < warmUp; index++) await reader.read(files[index % files.length]!);
  collect();
  resetPeak();
  const { now } = memory();
  const range = only === undefined ? ([0, cases] as const) : ([only, only + 1] as const);
  const show = (done: number): void => {
    // what earlier cases left behind is not what a case takes
    collect();
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${done} of ${cases} `);
  };
  const { accepted, refused, slowestMs, failures } = await fuzz(name, seed, range, show);
  if (process.stderr.isTTY) process.stderr.write("\r");
  const more = memory().peak - now;
  const seconds = (performance.now() - begin) / 1000;
  process.stdout.write(
    `${name}: ${accepted} read, ${refused} refused, ${failures.length} failed; slowest ${slowestMs.toFixed(0)} ms, ` +
      `peak memory +${(more / mebibyte).toFixed(0)} MiB, ${seconds.toFixed(0)} s, seed ${seed}\n`,
  );
  for (const { index, error, bytes } of failures.slice(0, 10)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(`  --reader ${name} --seed ${seed} --case ${index}: ${text}\n`);
    process.stdout.write(`  ${Buffer.from(bytes.subarray(0, 300)).toString("base64")}\n`);
  }
  if (more > mostMemory) process.stdout.write(`  more memory than the ${mostMemory / mebibyte} MiB allowed\n`);
  return failures.length === 0 && more <= mostMemory;
}

const asked = options();
if (asked === null) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else if (asked.names.length === 1) {
  if (!(await run(asked.names[0]!, asked.cases, asked.seed, asked.only))) process.exitCode = 1;
} else {
  for (const name of asked.names) {
    const values = ["--reader", name, "--cases", String(asked.cases), "--seed", String(asked.seed)];
    const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...values], {
      stdio: "inherit",
    });
    if (child.status !== 0) process.exitCode = 1;
  }
}
