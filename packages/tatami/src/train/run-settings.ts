// What two runs have to agree on for one to go on as the other, as plain data: and where they do not, in words.
import { isObject, type Json, type JsonObject, numberToJson } from "../checkpoint/json.ts";
import { isStream } from "../data/image-stream.ts";
import { crc32 } from "../formats/crc32.ts";
import { describe } from "../nn/index.ts";
import type { Module } from "../nn/module.ts";
import { crossEntropy } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { currentPrecision } from "../tensor/precision.ts";
import { EarlyStopping } from "./early-stopping.ts";
import type { Data } from "./feed.ts";
import type { FitOptions } from "./fit-options.ts";
import type { LossFunction } from "./objective.ts";
import type { Schedule } from "./schedule.ts";

/** Any plain data as JSON that reads back bit for bit, see `fromJson`; undefined and functions become null. */
export function toJson(value: unknown): Json {
  if (typeof value === "number") return numberToJson(value);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}

/** A run as it is asked for. */
export interface RunDescription {
  readonly options: FitOptions;
  readonly schedule: Schedule;
  readonly backend: string;
}

/** All that decides about the bits of a run, but not its length: that may grow. */
export function settingsOf({ options, schedule, backend }: RunDescription): JsonObject {
  const { evaluateEvery, accumulate } = schedule;
  const { model, loss = crossEntropy, optimizer, scheduler, schedulerPer = "step", average, metrics } = options;
  const { batchSize = 32, replacement = false, shuffle = true, seed = 0, overfitBatch = false } = options;
  const { clipNorm = null, clipValue = null, evaluateTraining = false, data, validation } = options;
  return {
    model: modelSettings(model),
    loss: lossSettings(loss),
    optimizer: toJson(optimizer.settings),
    learning: toJson(learningNames(options)),
    scheduler: scheduler === undefined ? null : toJson({ ...scheduler.settings(), per: schedulerPer }),
    data: dataSettings(data),
    validation: dataSettings(validation),
    batchSize,
    accumulate,
    order: overfitBatch ? "first batch" : replacement ? "replacement" : shuffle ? "shuffled" : "sequential",
    seed,
    clipNorm,
    clipValue,
    average: average?.decay ?? null,
    earlyStopping:
      options.earlyStopping === undefined ? null : toJson(new EarlyStopping(options.earlyStopping).settings),
    evaluateEvery,
    evaluateTraining,
    metrics: Object.keys(metrics ?? { accuracy: null }),
    backend,
    precision: currentPrecision(),
  };
}

/** Of the parameters that are not frozen. */
function learningNames({ model, optimizer }: FitOptions): string[] {
  const learning = new Set<unknown>(optimizer.parameters);
  return model.namedParameters().flatMap(([name, parameter]) => (learning.has(parameter) ? [name] : []));
}

/** The model's layers and options, or, with a class of the user's own among them, the names and shapes of its variables. */
function modelSettings(model: Module): Json {
  try {
    return toJson(describe(model));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const variables = [...model.namedParameters(), ...model.namedBuffers()];
    return Object.fromEntries(variables.map(([name, { shape, dtype }]) => [name, `${dtype} [${shape.join(", ")}]`]));
  }
}

/** A loss by its name and options; one of the user's own by its text. */
function lossSettings(loss: { readonly constructor: { readonly name: string } } | LossFunction): Json {
  if (typeof loss === "function") return loss.name === "crossEntropy" ? loss.name : String(loss);
  const { training: _mode, ...options } = Object.fromEntries(Object.entries(loss));
  return { name: loss.constructor.name, ...(toJson(options) as JsonObject) };
}

/** Bytes of images that are looked at: all would take a second where the data are large. */
const sampledBytes = 2 ** 22;

/** Tells data sets apart: sizes, all labels, and some of the images; of a stream, what it names them by. */
function dataSettings(data: Data | undefined): Json {
  if (data === undefined) return null;
  const { labels, imageShape } = data;
  let sum = crc32(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  if (isStream(data)) {
    sum = crc32(new TextEncoder().encode(data.identity), sum);
    return { samples: labels.length, imageShape: [...imageShape], checksum: sum.toString(16), streamed: true };
  }
  const { images } = data;
  const size = images.length / labels.length;
  const every = Math.ceil((images.length * 4) / sampledBytes);
  for (let image = 0; image < labels.length; image += every) {
    sum = crc32(new Uint8Array(images.buffer, images.byteOffset + image * size * 4, size * 4), sum);
  }
  return { samples: labels.length, imageShape: [...imageShape], checksum: sum.toString(16) };
}

/** What differs, such as `seed 2 where the run has 1`; empty where nothing does. */
export function differences(now: JsonObject, then: JsonObject): string[] {
  const [here, there] = [now, then].map((settings) => new Map(leaves(settings, "")));
  const paths = new Set([...here.keys(), ...there.keys()]);
  return [...paths]
    .filter((path) => here.get(path) !== there.get(path))
    .map((path) => `${path} ${here.get(path) ?? "nothing"} where the run has ${there.get(path) ?? "nothing"}`);
}

function leaves(value: Json, path: string): [string, string][] {
  if (isObject(value) || Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, member]) => leaves(member, path === "" ? name : `${path}.${name}`));
  }
  return [[path, JSON.stringify(value)]];
}
