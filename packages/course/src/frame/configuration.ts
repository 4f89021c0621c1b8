// An exercise with a value for every setting: the variant's, changed by what the user says, checked before anything runs.
import { OptionError } from "tatamijs/shape";
import type { Exercise, Variant } from "./exercise.ts";
import { nearest } from "./nearest.ts";

export interface Configuration {
  readonly exercise: Exercise;
  readonly variant: Variant;
  readonly values: Readonly<Record<string, unknown>>;
  /** keys the user gave another value than the variant has: outcomes do not compare then */
  readonly changed: readonly string[];
}

/** Settings that decide what is shown, not what comes out. */
const looks = ["evaluateEvery"];

/** Whether outcomes compare with what was published. */
export function asPublished({ changed }: Configuration): boolean {
  return changed.every((key) => looks.includes(key));
}

/**
 * @throws OptionError for an unknown id, with the nearest known one
 */
export function exerciseOf(id: string, exercises: readonly Exercise[]): Exercise {
  const found = exercises.find((exercise) => exercise.id === id);
  if (found !== undefined) return found;
  const ids = exercises.map((exercise) => exercise.id);
  throw new OptionError(
    `course: unknown exercise, got ${id}, did you mean ${nearest(id, ids)}? (expected one of ${ids.join(", ")})`,
    "id",
    id,
  );
}

/** @throws OptionError for a name the exercise does not have, with the nearest one it has */
export function variantOf(exercise: Exercise, name: string | undefined): Variant {
  const found = name === undefined ? exercise.variants[0] : exercise.variants.find((variant) => variant.name === name);
  if (found !== undefined) return found;
  const names = exercise.variants.map((variant) => variant.name);
  throw new OptionError(
    `course: unknown variant of ${exercise.id}, got ${name}, did you mean ${nearest(name!, names)}? (expected one of ${names.join(", ")})`,
    "variant",
    name,
  );
}

/**
 * @param assignments text by key, such as { lr: "0.1" }
 * @throws OptionError for a key or value there is not, with the nearest one there is
 */
export function configure(
  exercise: Exercise,
  variantName: string | undefined,
  assignments: Readonly<Record<string, string>> = {},
): Configuration {
  const variant = variantOf(exercise, variantName);
  const { settings } = exercise;
  const keys = Object.keys(settings);
  for (const key of Object.keys(assignments)) {
    if (!Object.hasOwn(settings, key)) {
      const advice =
        keys.length === 0 ? "it has none" : `did you mean ${nearest(key, keys)}? (it has ${keys.join(", ")})`;
      throw new OptionError(`course: ${exercise.id} has no such setting, got ${key}, ${advice}`, key, assignments[key]);
    }
  }
  const read = (key: string, given: string | undefined): unknown =>
    given === undefined ? settings[key]!.default : parse(exercise, key, given);
  const before = Object.fromEntries(keys.map((key) => [key, read(key, variant.set[key])]));
  const values = Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(assignments, key) ? parse(exercise, key, assignments[key]!) : before[key]]),
  );
  const refusal = exercise.refuse(values);
  if (refusal !== null)
    throw outOfRange(exercise, refusal.key, formatted(exercise, values, refusal.key), refusal.expected);
  const changed = keys.filter((key) => formatted(exercise, values, key) !== formatted(exercise, before, key));
  return { exercise, variant, values, changed };
}

/** The value of a setting as text. */
export function formatted(exercise: Exercise, values: Readonly<Record<string, unknown>>, key: string): string {
  return exercise.settings[key]!.format(values[key]);
}

function parse(exercise: Exercise, key: string, text: string): unknown {
  const setting = exercise.settings[key]!;
  const parsed = setting.parse(text);
  if ("value" in parsed) return parsed.value;
  throw outOfRange(exercise, key, text, `${setting.range}; did you mean ${parsed.nearest}?`);
}

function outOfRange(exercise: Exercise, key: string, got: string, expected: string): OptionError {
  const shown = got === "" ? "nothing" : got;
  return new OptionError(
    `course: ${key} of ${exercise.id} is out of range, got ${shown}, expected ${expected}`,
    key,
    got,
  );
}
