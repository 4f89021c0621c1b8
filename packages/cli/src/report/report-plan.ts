// What a report runs: exercises with the variants and seeds of each, as configurations that are checked before the first runs.
import { type Configuration, configure, type Exercise, exerciseOf } from "tatamijs-course/frame";

export interface PlannedExercise {
  readonly exercise: Exercise;
  readonly parts: readonly PlannedPart[];
}

/** A variant over seeds. */
export interface PlannedPart {
  readonly configuration: Configuration;
  readonly seeds: readonly number[];
}

export interface PlanRequest {
  /** undefined: all */
  readonly ids?: readonly string[] | undefined;
  /** whether exercises leave out what they declare as such, so that all take minutes */
  readonly quick: boolean;
  /** undefined: 1 to 5, of a quick report as few as the exercise says */
  readonly seeds?: readonly number[] | undefined;
}

const fullSeeds = [1, 2, 3, 4, 5];
const quickSeeds = 2;

/** @throws OptionError for an id there is not */
export function planReport({ ids, quick, seeds }: PlanRequest, exercises: readonly Exercise[]): PlannedExercise[] {
  const chosen = ids === undefined ? exercises : [...new Set(ids)].map((id) => exerciseOf(id, exercises));
  return chosen.map((exercise) => {
    const less = quick ? (exercise.quick ?? {}) : {};
    const names = less.variants ?? exercise.variants.map(({ name }) => name);
    const those = seeds ?? (quick ? fullSeeds.slice(0, less.seeds ?? quickSeeds) : fullSeeds);
    const parts = names.map((name) => {
      // what the variant sets itself goes before what all leave out
      const own: Readonly<Record<string, string | undefined>> = exercise.variants.find(
        (found) => found.name === name,
      )!.set;
      const set = Object.entries(less.set ?? {}).filter(([key]) => own[key] === undefined);
      const assignments = Object.fromEntries(set.map(([key, value]) => [key, value!]));
      return { configuration: configure(exercise, name, assignments), seeds: those };
    });
    return { exercise, parts };
  });
}
