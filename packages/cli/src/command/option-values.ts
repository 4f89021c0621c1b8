// Turns the text after an option into its value, or says what is wrong with it.
import { UsageError } from "./usage-error.ts";

function refuse(option: string, text: string, expected: string): never {
  throw new UsageError(`${option} is out of range, got ${text === "" ? "nothing" : text}, expected ${expected}`);
}

/** An integer ≥ 1. */
export function count(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)
      ? value
      : refuse(option, text, "an integer of at least 1");
  };
}

/** An integer in [0, 2³²). */
export function seed(option: string): (text: string) => number {
  return (text) =>
    /^\d+$/.test(text) && Number(text) < 2 ** 32
      ? Number(text)
      : refuse(option, text, "an integer from 0 to 4294967295");
}

/** An integer ≥ 0. */
export function step(option: string): (text: string) => number {
  return (text) =>
    /^\d+$/.test(text) && Number.isSafeInteger(Number(text))
      ? Number(text)
      : refuse(option, text, "an integer of at least 0");
}

/** A number in [0, 1). */
export function fraction(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return text.trim() !== "" && value >= 0 && value < 1 ? value : refuse(option, text, "a number from 0 to below 1");
  };
}

/** A number in (0, 1). */
export function portion(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return value > 0 && value < 1 ? value : refuse(option, text, "a number between 0 and 1");
  };
}

/** A number > 0. */
export function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return text.trim() !== "" && Number.isFinite(value) && value > 0 ? value : refuse(option, text, "a number above 0");
  };
}

/** A number ≥ 0. */
export function atLeastZero(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const right = text.trim() !== "" && Number.isFinite(value) && value >= 0;
    return right ? value : refuse(option, text, "a number of at least 0");
  };
}

/** A probability in [0, 1). */
export function rate(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return text.trim() !== "" && value >= 0 && value < 1 ? value : refuse(option, text, "a number from 0 to below 1");
  };
}

/** Names with commas between them. */
export function names(option: string): (text: string) => string[] {
  return (text) => {
    const parts = text.split(",").map((part) => part.trim());
    return parts.includes("") ? refuse(option, text, "names with commas between, such as mlp,deep-conv") : parts;
  };
}

/** Integers ≥ 1 with commas between them. */
export function counts(option: string): (text: string) => number[] {
  return (text) =>
    /^[1-9]\d*(,[1-9]\d*)*$/.test(text)
      ? text.split(",").map(Number)
      : refuse(option, text, "integers of at least 1 with commas between, such as 40,20");
}
