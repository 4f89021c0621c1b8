// The course in Japanese: exercises by id, and what their plots, tables and settings say by the English of it.
export { japaneseExercise } from "./exercises.ts";
export type { JapaneseExercise } from "./japanese-exercise.ts";
export { japanese } from "./phrases.ts";
