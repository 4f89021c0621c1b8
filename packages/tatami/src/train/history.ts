// The history of a run as it lies in a checkpoint, read back.
import { isObject, type Json, type JsonObject, numberFromJson } from "../checkpoint/json.ts";
import type { HistoryEntry } from "./fit-options.ts";

/** The history in a checkpoint's state, for those who only look; empty where there is none. */
export function historyOf(state: JsonObject): HistoryEntry[] {
  return Array.isArray(state.history) ? (fromJson(state.history) as HistoryEntry[]) : [];
}

/** Plain data with numbers that are not finite read back: see run-settings.ts. */
export function fromJson(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fromJson(part)]));
  return numberFromJson(value) ?? value;
}
