// The JSON of a run in a checkpoint, read back and checked: nothing is made of it that it does not say.
import { isObject, type Json, type JsonObject, numberFromJson } from "../checkpoint/json.ts";
import { quoted } from "../formats/file-fault.ts";
import type { SchedulerState } from "../optim/scheduler.ts";
import { DataError } from "../shape/errors.ts";
import type { EarlyStopping } from "./early-stopping.ts";
import type { HistoryEntry } from "./fit-options.ts";

export interface SavedState {
  /** dealt out by the sampler */
  readonly batches: number;
  /** of the last update; NaN before the first */
  readonly loss: number;
  /** now, one a group */
  readonly learningRates: readonly number[];
  /** the optimiser's own, which a scheduler starts from */
  readonly bases: readonly number[];
  readonly scheduler: SchedulerState;
  readonly earlyStopping: EarlyStopping["state"] | null;
  readonly history: readonly HistoryEntry[];
}

/**
 * @param source the checkpoint, for messages
 * @throws DataError where something is missing or no such thing
 */
export function savedState(state: JsonObject, source: string): SavedState {
  const { scheduler } = state;
  const waiting = earlyStoppingFrom(state.earlyStopping);
  const fault = (name: string, expected: string): never => refuse(source, name, state[name], expected);
  return {
    batches: numberFromJson(state.batches) ?? fault("batches", "a number"),
    loss: numberFromJson(state.loss) ?? fault("loss", "a number"),
    learningRates: numbersFrom(state.learningRates) ?? fault("learningRates", "numbers"),
    bases: numbersFrom(state.bases) ?? fault("bases", "numbers"),
    // the scheduler knows what it takes
    scheduler: fromJson(scheduler ?? null) as SchedulerState,
    earlyStopping: waiting === undefined ? fault("earlyStopping", "best and waited, or null") : waiting,
    history: historyOf(state, source),
  };
}

/**
 * The history in a checkpoint's state.
 * @param source the checkpoint, for messages
 * @throws DataError where it is none
 */
export function historyOf({ history }: JsonObject, source: string): HistoryEntry[] {
  if (!Array.isArray(history)) return refuse(source, "history", history, "a list of evaluations");
  return history.map((saved: Json) => {
    const entry = fromJson(saved);
    if (!isEntry(entry)) refuse(source, "history", saved, "iteration, loss, learningRates, training and validation");
    return entry as HistoryEntry;
  });
}

function refuse(source: string, name: string, value: unknown, expected: string): never {
  throw new DataError(`fit: ${source} has a wrong ${name}, got ${quoted(value)}, expected ${expected}`, source);
}

function isEntry(entry: unknown): boolean {
  if (!isObject(entry)) return false;
  const { iteration, loss, learningRates, training, validation } = entry;
  const isEvaluation = (value: unknown): boolean =>
    value === null || (isObject(value) && Object.values(value).every((metric) => typeof metric === "number"));
  return (
    Number.isSafeInteger(iteration) &&
    typeof loss === "number" &&
    numbersFrom(learningRates) !== undefined &&
    isEvaluation(training) &&
    isEvaluation(validation)
  );
}

function numbersFrom(value: Json | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.flatMap((entry: Json) => numberFromJson(entry) ?? []);
  return numbers.length === value.length ? numbers : undefined;
}

/** undefined for what is neither null nor such a state. */
function earlyStoppingFrom(value: Json | undefined): EarlyStopping["state"] | null | undefined {
  if (value === null) return null;
  if (!isObject(value)) return undefined;
  const best = value.best === null ? null : numberFromJson(value.best);
  const { waited } = value;
  if (best === undefined || !Number.isSafeInteger(waited) || (waited as number) < 0) return undefined;
  return { best, waited: waited as number };
}

/** Plain data with numbers that are not finite read back: see run-settings.ts. */
function fromJson(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fromJson(part)]));
  return numberFromJson(value) ?? value;
}
