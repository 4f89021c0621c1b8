// Kinds of settings: what text stands for a value, which values there are, and which of them is nearest to a wrong one.
import { nearest } from "./nearest.ts";

export interface Setting<T> {
  readonly default: T;
  /** what it decides, in a line */
  readonly doc: string;
  /** its type, for people: "integer", "number", "choice", "flag", "integers" */
  readonly type: string;
  /** the values it takes, in words */
  readonly range: string;
  /** the value, or the text of the nearest right one */
  readonly parse: (text: string) => { readonly value: T } | { readonly nearest: string };
  /** as parse takes it */
  format(value: T): string;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of settings by key. */
export type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** An integer in [min, max]. */
export function integer(initial: number, doc: string, { min = 1, max = 1_000_000 } = {}): Setting<number> {
  return {
    default: initial,
    doc,
    type: "integer",
    range: `an integer from ${min} to ${max}`,
    parse: (text) => {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isInteger(value) && value >= min && value <= max) return { value };
      return { nearest: String(Number.isNaN(value) ? initial : Math.round(clamp(value, min, max))) };
    },
    format: String,
  };
}

export interface NumberOptions {
  readonly min?: number;
  readonly max?: number;
  /** whether min itself is refused; default false */
  readonly aboveMin?: boolean;
  /** whether max itself is refused; default false */
  readonly belowMax?: boolean;
}

/** A finite number between min and max. */
export function real(initial: number, doc: string, options: NumberOptions = {}): Setting<number> {
  const { min = 0, max = 1e6, aboveMin = false, belowMax = false } = options;
  return {
    default: initial,
    doc,
    type: "number",
    range: `a number ${aboveMin ? "above" : "from"} ${min} ${belowMax ? "to below" : "to"} ${max}`,
    parse: (text) => {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      const inside = (aboveMin ? value > min : value >= min) && (belowMax ? value < max : value <= max);
      if (inside) return { value };
      if (Number.isNaN(value)) return { nearest: String(initial) };
      if (value >= max) return { nearest: String(belowMax ? max - (max - min) / 100 : max) };
      return { nearest: String(aboveMin ? initial : min) };
    },
    format: String,
  };
}

/** One of some names. */
export function choice<Name extends string>(initial: Name, names: readonly Name[], doc: string): Setting<Name> {
  return {
    default: initial,
    doc,
    type: "choice",
    range: `one of ${names.join(", ")}`,
    parse: (text) => {
      const value = names.find((name) => name === text);
      return value === undefined ? { nearest: nearest(text, names) } : { value };
    },
    format: (value) => value,
  };
}

/** on or off. */
export function flag(initial: boolean, doc: string): Setting<boolean> {
  const words: Readonly<Record<string, boolean>> = { on: true, off: false, true: true, false: false };
  return {
    default: initial,
    doc,
    type: "flag",
    range: "on or off",
    parse: (text) => (Object.hasOwn(words, text) ? { value: words[text]! } : { nearest: nearest(text, ["on", "off"]) }),
    format: (value) => (value ? "on" : "off"),
  };
}

/** Integers in [min, max], with commas between. */
export function integers(
  initial: readonly number[],
  doc: string,
  { min = 1, max = 10_000, most = 64 } = {},
): Setting<readonly number[]> {
  const one = integer(min, "", { min, max });
  return {
    default: initial,
    doc,
    type: "integers",
    range: `1 to ${most} integers from ${min} to ${max}, with commas between`,
    parse: (text) => {
      const parts = text.split(",").map((part) => one.parse(part));
      const values = parts.flatMap((part) => ("value" in part ? [part.value] : []));
      if (values.length === parts.length && values.length <= most) return { value: values };
      const right = parts.slice(0, most).map((part) => ("value" in part ? String(part.value) : part.nearest));
      return { nearest: text.trim() === "" ? initial.join(",") : right.join(",") };
    },
    format: (value) => value.join(","),
  };
}

/** Numbers between min and max, with commas between. */
export function reals(
  initial: readonly number[],
  doc: string,
  options: NumberOptions = {},
): Setting<readonly number[]> {
  const one = real(initial[0]!, "", options);
  return {
    default: initial,
    doc,
    type: "numbers",
    range: `numbers${one.range.replace("a number", "")}, with commas between`,
    parse: (text) => {
      const parts = text.split(",").map((part) => one.parse(part));
      const values = parts.flatMap((part) => ("value" in part ? [part.value] : []));
      if (values.length === parts.length) return { value: values };
      return { nearest: parts.map((part) => ("value" in part ? String(part.value) : part.nearest)).join(",") };
    },
    format: (value) => value.join(","),
  };
}
