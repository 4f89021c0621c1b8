// A training run of the command that is killed and resumed until it is done. What it leaves must be what a run leaves that
// nobody disturbed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../packages/cli/bin/tatami.js", import.meta.url));

/** A checkpoint after every step: most of the time something is being written. */
const settings =
  "--train-size 400 --test-size 100 --batch-size 20 --optimizer adam --scheduler cosine --ema .9 --evaluate-every 7 --checkpoint-every 1 --keep 2";

export interface RunSettings {
  readonly net: string;
  readonly backend: string;
  readonly iterations: number;
}

interface Ended {
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Where kills fell. */
export interface KillCount {
  kills: number;
  /** before there was a checkpoint */
  early: number;
  /** with a checkpoint half written */
  writing: number;
}

/** @param killAfter milliseconds; undefined: never */
function tatami(args: readonly string[], killAfter?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, "train", ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.on("exit", (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ killed: signal === "SIGKILL", exitCode, stderr });
    });
  });
}

/**
 * Trains in `directory`, killed after each of `times` and resumed, then to the end.
 * @param times milliseconds since each start
 * @returns the hash of all that the last checkpoint holds: weights, slots, history, settings
 */
export async function killedRun(
  directory: string,
  { net, backend, iterations }: RunSettings,
  times: readonly number[],
  count: KillCount,
): Promise<string> {
  const begin = [net, ...settings.split(" "), "--iterations", String(iterations), "--backend", backend];
  for (const time of [...times, undefined]) {
    const left: string[] = await readdir(directory).catch(() => []);
    const begun = left.some((name) => /^step-\d+$/.test(name));
    const args = begun ? ["--resume", directory] : [...begin, "--out", directory];
    const { killed, exitCode, stderr } = await tatami([...args, "--quiet"], time);
    if (!killed) {
      if (exitCode !== 0) throw new Error(`the run in ${directory} ended with ${exitCode}: ${stderr}`);
      continue;
    }
    const names: string[] = await readdir(directory).catch(() => []);
    count.kills++;
    if (!names.some((name) => /^step-\d+$/.test(name))) count.early++;
    if (names.some((name) => name.startsWith(".step-"))) count.writing++;
  }
  return hashOf(directory, iterations);
}

async function hashOf(directory: string, iterations: number): Promise<string> {
  const names = await readdir(directory);
  const newest = `step-${String(iterations).padStart(8, "0")}`;
  const unknown = names.filter((name) => !/^step-\d+$/.test(name) && !/^(history|events)/.test(name));
  if (unknown.length > 0) throw new Error(`${directory} has leftovers: ${unknown.join(", ")}`);
  const hash = createHash("sha256");
  for (const name of (await readdir(join(directory, newest))).sort()) {
    hash.update(name).update(await readFile(join(directory, newest, name)));
  }
  return hash.digest("hex");
}
