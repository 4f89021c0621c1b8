// Which backend runs, and why that one.
import { mostThreads } from "tatamijs/backend";
import { BackendError } from "tatamijs/shape";
import { backend, setBackend } from "tatamijs/tensor";
import { importNative } from "./native-package.ts";

/** What --backend takes. */
export const backendChoices = ["auto", "native", "wasm", "reference"] as const;

export type BackendWish = (typeof backendChoices)[number];

export interface BackendRequest {
  readonly backend: BackendWish;
  /** at most so many; undefined: the backend's own choice */
  readonly threads: number | undefined;
}

export interface BackendChoice {
  readonly name: string;
  /** that run */
  readonly threads: number;
  /** that were asked for */
  readonly threadsWanted: number | undefined;
  /** instruction set of native code */
  readonly isa: string | null;
  /** for people */
  readonly why: string;
  /** where auto could not take native: one line that says what native would bring and how to get it */
  readonly notice: string | null;
}

/** auto's order */
const preference = ["native", "wasm", "reference"] as const;

/**
 * Loads the backend asked for, for "auto" the fastest that loads, and makes it the current one.
 * @throws BackendError when it, or none, can be loaded
 */
export async function chooseBackend({ backend, threads }: BackendRequest): Promise<BackendChoice> {
  if (threads === undefined || threads <= mostThreads) return choose(backend, threads);
  const choice = await choose(backend, mostThreads);
  const limited = `running on ${mostThreads} threads, the most there may be, got --threads ${threads}`;
  return {
    ...choice,
    threadsWanted: threads,
    notice: choice.notice === null ? limited : `${limited}; ${choice.notice}`,
  };
}

async function choose(wish: BackendWish, threads: number | undefined): Promise<BackendChoice> {
  if (wish !== "auto") return load(wish, threads, "asked for with --backend");
  const failures: string[] = [];
  for (const name of preference) {
    try {
      const choice = await load(name, threads, "the fastest that loads");
      if (failures.length === 0) return choice;
      return { ...choice, why: `${preference[0]} cannot be used`, notice: noticeOf(name, failures) };
    } catch (error) {
      if (name === preference.at(-1)) throw error;
      failures.push((error as Error).message);
    }
  }
  throw new Error("internal: chooseBackend: nothing is preferred");
}

async function load(
  name: Exclude<BackendWish, "auto">,
  threads: number | undefined,
  why: string,
): Promise<BackendChoice> {
  const native = name === "native" ? await importNative() : null;
  if (native?.reason) throw new BackendError(native.reason, name);
  setBackend(name, { threads });
  const loaded = await backend(name);
  const isa = native?.status?.isa ?? null;
  return { name, threads: loaded.threads, threadsWanted: threads, isa, why, notice: null };
}

/** Messages of libraries may have several lines; people get one. */
function noticeOf(name: string, [native, ...others]: readonly string[]): string {
  const reasons = [native, ...others].map((reason) => reason.replaceAll(/\s*\n\s*/g, " "));
  return `running on ${name}, native would be about twice as fast; ${reasons.join("; ")}`;
}
