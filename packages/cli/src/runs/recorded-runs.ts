// Runs as they lie in folders: each a folder of checkpoints that `tatami train --out` wrote.
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type Checkpoint, isLocked, listCheckpoints, readCheckpoint } from "tatamijs/checkpoint";
import { historyOf } from "tatamijs/tools";
import type { HistoryEntry } from "tatamijs/train";
import { UsageError } from "../command/usage-error.ts";
import { askedOf } from "../training/resumption.ts";
import type { TrainOptions } from "../training/train-request.ts";

export interface RecordedRun {
  readonly name: string;
  readonly directory: string;
  readonly net: string;
  readonly options: TrainOptions;
  /** of the newest checkpoint that is whole */
  readonly step: number;
  /** whether a process is at it now */
  readonly running: boolean;
  readonly history: readonly HistoryEntry[];
  /** what is wrong with newer checkpoints, in a line; null where nothing is */
  readonly damage: string | null;
}

/**
 * The run in a folder, or those in the folders within, by name.
 * @throws UsageError where there is none
 * @throws DataError where there is no folder
 */
export async function recordedRuns(directory: string): Promise<RecordedRun[]> {
  const steps = await listCheckpoints(directory);
  if (steps.length > 0) return [await recordedRun(directory)];
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const runs: RecordedRun[] = [];
  for (const { name } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = join(directory, name);
    if ((await listCheckpoints(folder)).length > 0) runs.push(await recordedRun(folder));
  }
  if (runs.length === 0) {
    throw new UsageError(`no runs in ${directory}, got none, expected folders that tatami train --out made`);
  }
  return runs;
}

async function recordedRun(directory: string): Promise<RecordedRun> {
  const { checkpoint, damage } = await newestWhole(directory);
  return {
    name: basename(resolve(directory)),
    directory,
    ...askedOf(checkpoint),
    step: checkpoint.step,
    running: await isLocked(directory),
    history: historyOf(checkpoint.state, checkpoint.path),
    damage,
  };
}

/** A run that goes on may take one away while it is read; then a newer one is there. */
async function newestWhole(directory: string): Promise<{ checkpoint: Checkpoint; damage: string | null }> {
  let damage: string | null = null;
  for (const step of (await listCheckpoints(directory)).reverse()) {
    try {
      return { checkpoint: await readCheckpoint(directory, { step }), damage };
    } catch (error) {
      damage ??= (error as Error).message;
    }
  }
  throw new UsageError(damage ?? `no checkpoint in ${directory}`);
}

/** The options in which runs differ, each with a value for every run. */
export function differingOptions(runs: readonly RecordedRun[]): [string, string[]][] {
  const all = runs.map((run) => ({ net: run.net, ...run.options }) as Readonly<Record<string, unknown>>);
  const names = [...new Set(all.flatMap((options) => Object.keys(options)))];
  return names
    .map((name): [string, string[]] => [name, all.map((options) => shown(options[name]))])
    .filter(([, values]) => new Set(values).size > 1);
}

function shown(value: unknown): string {
  return value === undefined ? "–" : String(value);
}
