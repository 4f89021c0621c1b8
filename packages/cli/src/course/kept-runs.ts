// Runs of resumable exercises in folders of checkpoints beside the results of --out: the same run goes on there, another one
// is refused.
import { join } from "node:path";
import { listCheckpoints, readCheckpoint } from "tatamijs/checkpoint";
import { type Configuration, formatted, type KeptRun } from "tatamijs-course/frame";
import { UsageError } from "../command/usage-error.ts";

/** A run's place, and the step from which it goes on; 0 for a new one. */
export interface Kept {
  readonly run: KeptRun;
  readonly from: number;
}

/**
 * Where the run of a seed is kept below `out`.
 * @returns null for an exercise that is not resumable
 * @throws UsageError where there is a run with other settings, naming them
 * @throws DataError where the newest checkpoint is damaged
 */
export async function keptRun(configuration: Configuration, seed: number, out: string): Promise<Kept | null> {
  const { exercise, variant } = configuration;
  if (exercise.resumable !== true) return null;
  const directory = join(out, `${exercise.id}-${variant.name}-seed-${seed}`);
  const settings = settingsOf(configuration);
  const checkpoint = { directory, keep: 2, notes: { exercise: exercise.id, settings }, advice: adviceFor(directory) };
  // a folder that is not there yet, or without a checkpoint, is a new run's
  const steps = await listCheckpoints(directory).catch(() => []);
  if (steps.length === 0) return { run: { checkpoint, resume: false }, from: 0 };
  const { state, step } = await readCheckpoint(directory, { advice: checkpoint.advice });
  const differ = differences(settings, settingsIn(state.notes, exercise.id, directory));
  if (differ.length > 0) {
    throw new UsageError(
      `the run in ${directory} has other settings, got ${differ.join(", ")}, expected the same, or another --out`,
    );
  }
  if (Number(settings.iterations) < step) {
    throw new UsageError(
      `iterations of ${exercise.id} is out of range, got ${settings.iterations}, expected at least the ${step} that the run in ${directory} has made`,
    );
  }
  return { run: { checkpoint, resume: true }, from: step };
}

function settingsOf({ exercise, values }: Configuration): Record<string, string> {
  return Object.fromEntries(Object.keys(exercise.settings).map((key) => [key, formatted(exercise, values, key)]));
}

function settingsIn(notes: unknown, id: string, directory: string): Readonly<Record<string, unknown>> {
  if (isRecord(notes) && notes.exercise === id && isRecord(notes.settings)) return notes.settings;
  throw new UsageError(
    `${directory} has another program's run, got no settings of ${id} in it, expected another --out`,
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** All but the length, which may grow. */
function differences(now: Readonly<Record<string, string>>, then: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(then)])]
    .filter((key) => key !== "iterations" && now[key] !== then[key])
    .map((key) => `${key} ${now[key] ?? "nothing"} where it has ${then[key] ?? "nothing"}`);
}

/** The newer ones are what is damaged. */
const adviceFor = (directory: string) => (step: number) => `delete the later ones in ${directory} (step ${step} stays)`;
