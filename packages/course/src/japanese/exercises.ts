// Titles, lessons and variants of the exercises in Japanese, by id.
import { convolutionExercises } from "./convolution-exercises.ts";
import type { JapaneseExercise } from "./japanese-exercise.ts";
import { learningExercises } from "./learning-exercises.ts";

const all: Readonly<Record<string, JapaneseExercise>> = { ...learningExercises, ...convolutionExercises };

/** null for an exercise that nobody translated */
export function japaneseExercise(id: string): JapaneseExercise | null {
  return Object.hasOwn(all, id) ? all[id]! : null;
}
