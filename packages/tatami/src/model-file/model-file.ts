// The Tatami model file: a safetensors file of weights whose metadata, under "tatami", holds the architecture as JSON. Any
// safetensors reader opens it; `load` needs no code of the model. Training state (optimiser, schedule) is not in it.
import type { BinaryInput } from "../formats/byte-source.ts";
import { quoted } from "../formats/file-fault.ts";
import { dtypeOf, openSafetensors, type SafetensorsFile } from "../formats/read-safetensors.ts";
import { saveSafetensors, type WriteSafetensorsOptions, writeSafetensors } from "../formats/write-safetensors.ts";
import { build, describe } from "../nn/index.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";
import { weightNames } from "./weight-names.ts";
import { fillWeights, frameworkMetadata, weightsOf } from "./weights.ts";

/** Raised when a reader of today would misunderstand what is written then. */
const formatVersion = 1;

const metadataKey = "tatami";

/** What has to be done before a model, and what its outputs mean. */
export interface Preprocessing {
  /** of one sample, such as [C, H, W] */
  readonly inputShape?: Shape | undefined;
  /** per channel, taken off the input first */
  readonly mean?: readonly number[] | undefined;
  /** per channel, which the rest is divided by */
  readonly std?: readonly number[] | undefined;
  /** in the order of the outputs */
  readonly classNames?: readonly string[] | undefined;
}

export interface SaveOptions extends WriteSafetensorsOptions, Preprocessing {}

/** A model out of a file. */
export interface LoadedModel extends Preprocessing {
  /** in evaluation mode, with its weights; `fit` and `train()` switch it to training */
  readonly model: Module;
  /** the file's other texts */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a model file, to be downloaded or sent; `save` writes it under Node.
 * @throws OptionError where the model holds a class of your own (named in the message), or an option is out of range
 * @throws DataError where a weight is beyond the range of the floats asked for
 */
export async function writeModel(model: AnyModule, options: SaveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const weights = await weightsOf(model);
  return writeSafetensors(weights, { floats: options.floats, metadata: metadataOf("writeModel", model, options) });
}

/**
 * Saves a model, architecture and weights, as one safetensors file; `load` needs nothing else. Node only; an earlier file is
 * replaced at the end.
 * @throws what `writeModel` does, and DataError where the file cannot be written
 */
export async function save(model: AnyModule, path: string | URL, options: SaveOptions = {}): Promise<void> {
  const weights = await weightsOf(model);
  await saveSafetensors(path, weights, { floats: options.floats, metadata: metadataOf("save", model, options) });
}

function metadataOf(op: string, model: AnyModule, options: SaveOptions): Record<string, string> {
  const { inputShape, mean, std, classNames, metadata } = options;
  const preprocess = { inputShape, mean, std, classNames };
  const fault = faultOf(preprocess);
  if (fault !== null) {
    const [option, value, expected] = fault;
    throw new OptionError(`${op}: ${option} is wrong, got ${quoted(value)}, expected ${expected}`, option, value);
  }
  const randomKeys = Object.fromEntries([...weightNames(model).keys].map(([name, key]) => [name, [...key.values()]]));
  const content = { version: formatVersion, architecture: describe(model), preprocess, randomKeys };
  return { ...frameworkMetadata, ...metadata, [metadataKey]: JSON.stringify(content) };
}

/** What is wrong with it: option, value, expectation; null where all is right. */
function faultOf(preprocess: { readonly [K in keyof Preprocessing]: unknown }): [string, unknown, string] | null {
  const { inputShape, mean, std, classNames } = preprocess;
  const isList = (value: unknown, item: (element: unknown) => boolean): boolean =>
    value === undefined || (Array.isArray(value) && value.every(item));
  const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
  if (!isList(inputShape, isSize)) return ["inputShape", inputShape, "integers of at least 1"];
  if (!isList(mean, Number.isFinite)) return ["mean", mean, "finite numbers"];
  const isDeviation = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0;
  if (!isList(std, isDeviation)) return ["std", std, "numbers of more than 0"];
  const isText = (value: unknown): boolean => typeof value === "string";
  return isList(classNames, isText) ? null : ["classNames", classNames, "strings"];
}

export interface LoadOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  source?: string | undefined;
}

/**
 * The model of a file that `save` or `writeModel` made.
 * @param input a path or file: URL (Node), a Blob or File, or bytes
 * @throws DataError where the file is damaged, holds weights alone, or describes layers that this version does not know
 */
export async function load(input: BinaryInput, options: LoadOptions = {}): Promise<LoadedModel> {
  const file = await openSafetensors(input, options);
  try {
    const { architecture, preprocess, randomKeys } = contentOf(file);
    const floats = file.entries.filter((entry) => dtypeOf(entry) === "float32");
    const mostElements = floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const model = build(architecture, { source: file.source, mostElements });
    await fillWeights("load", model, file);
    fillKeys(model, randomKeys, file.source);
    const { [metadataKey]: _own, ...metadata } = file.metadata;
    return { model: model.eval(), metadata, ...preprocess };
  } finally {
    await file.close();
  }
}

interface Content {
  readonly architecture: unknown;
  readonly preprocess: Preprocessing;
  readonly randomKeys: Readonly<Record<string, unknown>>;
}

function contentOf({ source, metadata }: SafetensorsFile): Content {
  const fault = (what: string, got: string, expected: string, cause?: unknown): DataError =>
    new DataError(`load: ${source} ${what}, got ${got}, expected ${expected}`, source, { cause });
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey] : undefined;
  if (text === undefined) {
    const got = `metadata ${quoted(Object.keys(metadata))}`;
    throw fault(
      "holds no architecture",
      got,
      "a file that save made; for weights alone make the model and call loadWeights",
    );
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw fault("has a damaged architecture", quoted(text), "JSON", cause);
  }
  if (!isRecord(content) || content.version !== formatVersion) {
    const version = isRecord(content) ? content.version : undefined;
    throw fault("is of another version", quoted(version), `${formatVersion}, or a newer Tatami`);
  }
  const { architecture, preprocess = {}, randomKeys = {} } = content;
  if (!isRecord(preprocess)) throw fault("has damaged preprocessing", quoted(preprocess), "an object");
  const { inputShape, mean, std, classNames } = preprocess;
  const wrong = faultOf({ inputShape, mean, std, classNames });
  if (wrong !== null) throw fault(`has a wrong ${wrong[0]}`, quoted(wrong[1]), wrong[2]);
  if (!isRecord(randomKeys)) throw fault("has damaged random keys", quoted(randomKeys), "an object");
  const given = Object.entries({ inputShape, mean, std, classNames }).filter(([, value]) => value !== undefined);
  return { architecture, preprocess: Object.fromEntries(given) as Preprocessing, randomKeys };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A model trains on with the dropout masks that were due. */
function fillKeys(model: AnyModule, randomKeys: Readonly<Record<string, unknown>>, source: string): void {
  const { keys } = weightNames(model);
  for (const [name, value] of Object.entries(randomKeys)) {
    const key = keys.get(name);
    const isWord = (word: unknown): boolean => Number.isInteger(word) && (word as number) === ((word as number) | 0);
    if (key === undefined || !Array.isArray(value) || value.length !== 3 || !value.every(isWord)) {
      throw new DataError(
        `load: ${source} has a wrong random key, got ${quoted(name)}: ${quoted(value)}, expected 3 int32 for one of ${quoted([...keys.keys()])}`,
        source,
      );
    }
    key.set(value as number[]);
  }
}
