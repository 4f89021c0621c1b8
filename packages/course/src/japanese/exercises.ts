// Titles, lessons and variants of the exercises in Japanese.

export interface JapaneseExercise {
  readonly title: string;
  /** as many sentences as in English */
  readonly teaches: string;
  /** descriptions by name */
  readonly variants: Readonly<Record<string, string>>;
}

export const japaneseExercises: Readonly<Record<string, JapaneseExercise>> = {};

/** null for an exercise that nobody translated */
export function japaneseExercise(id: string): JapaneseExercise | null {
  return Object.hasOwn(japaneseExercises, id) ? japaneseExercises[id]! : null;
}
