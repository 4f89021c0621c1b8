// `tatami train --resume DIR`: the run's own request out of its checkpoint, and what may be said anew.
import { type Checkpoint, expectUnlocked, listCheckpoints, readCheckpoint } from "tatamijs/checkpoint";
import { UsageError } from "../command/usage-error.ts";
import { adviceFor } from "./resume-advice.ts";
import type { TrainOptions } from "./train-request.ts";

/** A run in a folder: what was asked for when it began. */
export interface Resumption {
  readonly net: string;
  readonly options: TrainOptions;
  /** where it goes on */
  readonly step: number;
}

/** Options that decide nothing about the numbers of a run, or, as its length, may change. */
const free: ReadonlySet<string> = new Set<keyof TrainOptions | "debug">([
  "resume",
  "fromStep",
  "iterations",
  "epochs",
  "threads",
  "data",
  "checkpointEvery",
  "keep",
  "json",
  "quiet",
  "debug",
]);

/**
 * The request of the run in a folder, with what is said anew.
 * @param net as given, if it was
 * @throws UsageError where the run was another one
 * @throws DataError where there is no run, or its newest checkpoint is damaged
 */
export async function resumption(directory: string, net: string | undefined, given: TrainOptions): Promise<Resumption> {
  // a run that goes on changes its checkpoints under the reader's eyes
  await expectUnlocked(directory);
  const checkpoint = await readCheckpoint(directory, { step: given.fromStep, advice: adviceFor(directory) });
  const ran = askedOf(checkpoint);
  const saved: Readonly<Record<string, unknown>> = { net: ran.net, ...ran.options };
  const now = Object.entries({ net, ...given }).filter(([name, value]) => value !== undefined && !free.has(name));
  const differ = now.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(saved[name]));
  if (differ.length > 0) {
    const list = differ.map(([name, value]) => `${spelled(name)} ${shown(value)} where it has ${shown(saved[name])}`);
    throw new UsageError(
      `the run in ${directory} was asked for differently, got ${list.join(", ")}, expected the same`,
    );
  }
  const { iterations, ...others } = ran.options;
  const options = { ...others, ...(given.epochs === undefined ? { iterations } : {}), ...withoutUndefined(given) };
  if (options.iterations !== undefined && options.iterations < checkpoint.step) {
    throw new UsageError(
      `--iterations is out of range, got ${options.iterations}, expected at least the ${checkpoint.step} that were made`,
    );
  }
  return { net: ran.net, options, step: checkpoint.step };
}

/** @throws UsageError where the folder has a run already */
export async function expectNoRun(directory: string): Promise<void> {
  // what is wrong with the folder itself is said when it is opened
  const steps = await listCheckpoints(directory).catch(() => []);
  if (steps.length > 0) {
    throw new UsageError(
      `--out ${directory} has a run already, got checkpoints up to step ${steps.at(-1)}, expected another folder, or tatami train --resume ${directory}`,
    );
  }
}

/** What `tatami train` noted in a checkpoint. @throws UsageError where another program wrote it */
export function askedOf({ state, path }: Checkpoint): { readonly net: string; readonly options: TrainOptions } {
  const { notes } = state;
  if (typeof notes === "object" && notes !== null && !Array.isArray(notes)) {
    const { net, options } = notes as Readonly<Record<string, unknown>>;
    if (typeof net === "string" && typeof options === "object" && options !== null) return { net, options };
  }
  throw new UsageError(`${path} was not written by tatami train, got no command in it, expected one`);
}

function spelled(name: string): string {
  return name === "net" ? "net" : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function shown(value: unknown): string {
  return value === undefined ? "none" : String(value);
}

function withoutUndefined(options: TrainOptions): TrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
