// What is said of an exercise in Japanese.

export interface JapaneseExercise {
  readonly title: string;
  /** as many sentences as in English */
  readonly teaches: string;
  /** where it has words */
  readonly formula?: string;
  /** descriptions by name */
  readonly variants: Readonly<Record<string, string>>;
}
