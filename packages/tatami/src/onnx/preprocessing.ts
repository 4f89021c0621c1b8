// What the texts of a file say of how its network is to be fed: what `tatami export` writes there, read back.
import type { Preprocessing } from "../model-file/index.ts";

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(Number.isFinite);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string");

/** The texts that are no preprocessing stay texts. */
export function preprocessingOf(
  texts: Readonly<Record<string, string>>,
): Preprocessing & { readonly metadata: Readonly<Record<string, string>> } {
  const { mean, std, classNames, ...metadata } = texts;
  const found = { mean: parsed(mean), std: parsed(std), classNames: parsed(classNames) };
  return {
    metadata,
    ...(isNumbers(found.mean) && { mean: found.mean }),
    ...(isNumbers(found.std) && found.std.every((value) => value > 0) && { std: found.std }),
    ...(isTexts(found.classNames) && { classNames: found.classNames }),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
