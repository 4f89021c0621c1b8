// A run of an exercise for programs to read.
import { asPublished, formatted } from "tatamijs-course/frame";
import type { BackendChoice } from "../machine/backend-choice.ts";
import type { CourseRun } from "./course-run.ts";

export function courseJson(
  { configuration, runs, outcomes, aborted }: CourseRun,
  { name, threads }: BackendChoice,
): string {
  const { exercise, variant, values } = configuration;
  return JSON.stringify({
    exercise: exercise.id,
    variant: variant.name,
    settings: Object.fromEntries(Object.keys(exercise.settings).map((key) => [key, formatted(exercise, values, key)])),
    asPublished: asPublished(configuration),
    backend: name,
    threads,
    aborted,
    outcomes,
    runs,
  });
}
