// Runs what a report shows, exercise by exercise, with what is in the cache taken from there. Says how far it is, draws nothing.
import { existsSync } from "node:fs";
import { outcomesOf } from "tatamijs-course/frame";
import { type CourseConversation, type CourseRun, runCourse, type TimedRun } from "../course/course-run.ts";
import type { PlannedExercise, PlannedPart } from "./report-plan.ts";
import type { RunCache } from "./run-cache.ts";

/** A variant as far as it ran. */
export interface ReportedPart extends CourseRun {
  readonly seeds: readonly number[];
  /** why it could not run, for people; null where it could */
  readonly failure: string | null;
}

export interface ReportedExercise extends Pick<PlannedExercise, "exercise"> {
  readonly parts: readonly ReportedPart[];
}

export interface ReportConversation {
  readonly load: CourseConversation["load"];
  readonly signal: AbortSignal;
  readonly cache: RunCache;
  /** whether what is in the cache is made anew; default false */
  readonly fresh?: boolean;
  /** told of what is thrown away, in a line */
  readonly onDamage: (message: string) => void;
  /** how far the run is that goes on now */
  readonly onProgress: (part: PlannedPart, seed: number, share: number, text: string) => void;
  /** after each exercise */
  readonly onExercise: (done: ReportedExercise, made: number, taken: number) => void;
}

/** @returns what is done; less than planned where the signal ended it */
export async function runReport(
  plan: readonly PlannedExercise[],
  conversation: ReportConversation,
): Promise<ReportedExercise[]> {
  const reported: ReportedExercise[] = [];
  for (const { exercise, parts } of plan) {
    if (conversation.signal.aborted) break;
    const counts = { made: 0, taken: 0 };
    const done: ReportedPart[] = [];
    for (const part of parts) done.push(await runPart(part, conversation, counts));
    const found = { exercise, parts: done };
    reported.push(found);
    if (!conversation.signal.aborted) conversation.onExercise(found, counts.made, counts.taken);
  }
  return reported;
}

async function runPart(
  part: PlannedPart,
  conversation: ReportConversation,
  counts: { made: number; taken: number },
): Promise<ReportedPart> {
  const { signal, cache, fresh = false } = conversation;
  const { configuration, seeds } = part;
  const runs: TimedRun[] = [];
  let failure: string | null = null;
  for (const seed of seeds) {
    if (fresh) cache.forget(configuration, seed);
    const stored = fresh ? null : cache.get(configuration, seed);
    if (stored !== null) {
      runs.push(stored);
      counts.taken++;
      continue;
    }
    if (signal.aborted) break;
    let made: TimedRun | null;
    try {
      made = await runSeed(part, seed, conversation);
    } catch (error) {
      failure = messageOf(error);
      break;
    }
    if (made === null) break;
    cache.put(configuration, made);
    runs.push(made);
    counts.made++;
  }
  const outcomes = outcomesOf(runs, configuration.variant.published);
  return { configuration, seeds, runs, outcomes, failure, aborted: runs.length < seeds.length };
}

/** @returns null where the signal ended it; what it came to is kept, where the exercise can go on from there */
async function runSeed(
  part: PlannedPart,
  seed: number,
  { load, signal, cache, onProgress, onDamage }: ReportConversation,
): Promise<TimedRun | null> {
  const { configuration } = part;
  const out = cache.unfinished(configuration, seed);
  const run = (): Promise<CourseRun> =>
    runCourse(configuration, [seed], {
      load,
      signal,
      out,
      onResult: (_, result) => {
        if (result.kind === "progress") onProgress(part, seed, result.share, result.text);
      },
    });
  onProgress(part, seed, 0, "begins");
  const begun = existsSync(out);
  let done: CourseRun;
  try {
    done = await run();
  } catch (error) {
    // checkpoints that cannot be gone on from are worth less than the run
    if (!begun) throw error;
    onDamage(`${out} is thrown away, ${messageOf(error)}; its run is made anew`);
    cache.forget(configuration, seed);
    done = await run();
  }
  return done.aborted ? null : done.runs[0];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
