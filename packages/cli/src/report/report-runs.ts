// Runs what a report shows, exercise by exercise, with what is in the cache taken from there. Says how far it is, draws nothing.
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
  { load, signal, cache, onProgress }: ReportConversation,
  counts: { made: number; taken: number },
): Promise<ReportedPart> {
  const { configuration, seeds } = part;
  const runs: TimedRun[] = [];
  let failure: string | null = null;
  for (const seed of seeds) {
    const stored = cache.get(configuration, seed);
    if (stored !== null) {
      runs.push(stored);
      counts.taken++;
      continue;
    }
    if (signal.aborted) break;
    onProgress(part, seed, 0, "begins");
    let made: TimedRun;
    try {
      const run = await runCourse(configuration, [seed], {
        load,
        signal,
        onResult: (_, result) => {
          if (result.kind === "progress") onProgress(part, seed, result.share, result.text);
        },
      });
      if (run.aborted) break;
      made = run.runs[0];
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      break;
    }
    cache.put(configuration, made);
    runs.push(made);
    counts.made++;
  }
  const outcomes = outcomesOf(runs, configuration.variant.published);
  return { configuration, seeds, runs, outcomes, failure, aborted: runs.length < seeds.length };
}
