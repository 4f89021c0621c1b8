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

/** When a run is killed: milliseconds after its start, or as soon as it is seen to have a checkpoint of a step or a later one. */
export type KillPoint = number | { readonly step: number };

const stepsIn = async (directory: string): Promise<number[]> => {
  const names: string[] = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^step-(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
};

/** Calls `kill` at that point, unless the function that it gives is called before. */
function watch(directory: string, point: KillPoint, kill: () => void): () => void {
  if (typeof point === "number") {
    const timer = setTimeout(kill, point);
    return () => clearTimeout(timer);
  }
  const timer = setInterval(async () => {
    if ((await stepsIn(directory)).some((step) => step >= point.step)) kill();
  }, 5);
  return () => clearInterval(timer);
}

/** @param point undefined: never killed */
function tatami(directory: string, args: readonly string[], point?: KillPoint): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, "train", ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const unwatch = point === undefined ? undefined : watch(directory, point, () => child.kill("SIGKILL"));
    child.on("exit", (exitCode, signal) => {
      unwatch?.();
      resolve({ killed: signal === "SIGKILL", exitCode, stderr });
    });
  });
}

/**
 * Trains in `directory`, killed at each of `points` and resumed, then to the end.
 * @returns the hash of all that the last checkpoint holds: weights, slots, history, settings
 */
export async function killedRun(
  directory: string,
  { net, backend, iterations }: RunSettings,
  points: readonly KillPoint[],
  count: KillCount,
): Promise<string> {
  const begin = [net, ...settings.split(" "), "--iterations", String(iterations), "--backend", backend];
  for (const point of [...points, undefined]) {
    const begun = (await stepsIn(directory)).length > 0;
    const args = begun ? ["--resume", directory] : [...begin, "--out", directory];
    const { killed, exitCode, stderr } = await tatami(directory, [...args, "--quiet"], point);
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
