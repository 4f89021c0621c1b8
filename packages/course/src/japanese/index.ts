// The course in Japanese: exercises by id, and what their plots, tables and settings say by the English of it.
export { type JapaneseExercise, japaneseExercise } from "./exercises.ts";
export { japanese } from "./phrases.ts";
