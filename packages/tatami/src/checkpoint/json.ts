// What a checkpoint's JSON may hold. Numbers that are not finite have no place in JSON: they are written as texts.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const texts: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** Keeps every bit of a number but the payload of NaN. */
export function numberToJson(value: number): Json {
  // JSON writes -0 as 0
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

/** @returns undefined where it is none */
export function numberFromJson(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === "-0") return -0;
  return typeof value === "string" && Object.hasOwn(texts, value) ? texts[value] : undefined;
}
