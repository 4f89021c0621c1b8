// Looks into a file or folder of any kind Tatami knows: what it is, what is in it, what of it cannot be read. The kind is
// seen from the content, never from the name.
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { isLocked, listCheckpoints, readCheckpoint } from "tatamijs/checkpoint";
import {
  type ArrayData,
  type BinaryInput,
  openNpz,
  openSafetensors,
  readIdx,
  readNpy,
  type SafetensorsFile,
} from "tatamijs/formats";
import { load } from "tatamijs/model-file";
import { describe, type LayerDescription } from "tatamijs/nn";
import { loadOnnx, readOnnx } from "tatamijs/onnx";
import { DataError } from "tatamijs/shape";
import { layersFile, openParquetImages } from "tatamijs-formats";
import { existing } from "../command/existing-path.ts";
import { UsageError } from "../command/usage-error.ts";
import { beginOf, isOnnx, isSafetensors } from "./file-kind.ts";
import { beginsAsJson, layersModelPath } from "./layers-model-path.ts";
import { type Statistics, statisticsOf } from "./tensor-statistics.ts";

export interface InspectedTensor {
  readonly name: string;
  /** as the file has it; what it is read as where the reader does not say */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** null where it cannot be read, or no value is finite */
  readonly statistics: Statistics | null;
}

export interface InspectedLayer {
  readonly path: string;
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Inspection {
  readonly kind: string;
  /** of the file; null for a folder */
  readonly bytes: number | null;
  /** what else there is to say, by name */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly layers: readonly InspectedLayer[];
  readonly tensors: readonly InspectedTensor[];
  /** what could not be read, and why */
  readonly unread: readonly { readonly name: string; readonly reason: string }[];
}

/** Collects an inspection while a file is gone through. */
class Findings {
  readonly facts: Record<string, unknown> = {};
  readonly layers: InspectedLayer[] = [];
  readonly tensors: InspectedTensor[] = [];
  readonly unread: { name: string; reason: string }[] = [];

  add(name: string, dtype: string, shape: readonly number[], values: Iterable<number> | null): void {
    const count = shape.reduce((product, size) => product * size, 1);
    this.tensors.push({ name, dtype, shape, count, statistics: values === null ? null : statisticsOf(values) });
  }

  /** Runs `read`; what is damaged in it is noted and does not end the inspection. */
  async attempt<T>(name: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.unread.push({ name, reason: error.message });
      return null;
    }
  }

  as(kind: string, bytes: number | null): Inspection {
    const { facts, layers, tensors, unread } = this;
    return { kind, bytes, facts, layers, tensors, unread };
  }
}

/**
 * @throws UsageError where there is nothing, or nothing known
 * @throws DataError where it is so damaged that nothing of it can be read
 */
export async function inspected(path: string): Promise<Inspection> {
  const status = existing(path);
  if (status.isDirectory()) {
    const layers = await layersModelPath(path);
    return layers === null ? inspectedFolder(path) : inspected(layers);
  }
  if (!status.isFile()) throw new UsageError(`${path} cannot be inspected, got a pipe or device, expected a file`);
  const begin = await beginOf(path);
  const known = kinds.find(({ is }) => is(begin));
  if (known === undefined) {
    const got = begin.length === 0 ? "an empty file" : `one that begins with 0x${begin.subarray(0, 8).toString("hex")}`;
    throw new UsageError(
      `${path} is of no known kind, got ${got}, expected safetensors, NPY, NPZ, IDX, ONNX, Parquet, TensorFlow.js' model.json or a folder of checkpoints`,
    );
  }
  const found = new Findings();
  return found.as(await known.inspect(path, found), status.size);
}

interface Kind {
  /** @param begin the file's first 16 bytes */
  readonly is: (begin: Buffer) => boolean;
  /** @returns the name of the kind */
  readonly inspect: (path: string, found: Findings) => Promise<string>;
}

const startsWith =
  (...bytes: readonly number[]) =>
  (begin: Buffer): boolean =>
    bytes.every((byte, index) => begin[index] === byte);

const kinds: readonly Kind[] = [
  { is: beginsAsJson, inspect: inspectLayersModel },
  { is: startsWith(0x50, 0x41, 0x52, 0x31), inspect: inspectParquet },
  { is: isSafetensors, inspect: inspectSafetensors },
  { is: startsWith(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), inspect: inspectNpy },
  { is: startsWith(0x50, 0x4b), inspect: inspectNpz },
  { is: startsWith(0x1f, 0x8b), inspect: inspectIdx },
  { is: startsWith(0, 0), inspect: inspectIdx },
  { is: isOnnx, inspect: inspectOnnx },
];

/** Also what cannot be made a network of: why is then what could not be read. */
async function inspectLayersModel(path: string, found: Findings): Promise<string> {
  const { generatedBy, layers, weights, problems, inputShape } = await layersFile(path);
  Object.assign(found.facts, generatedBy === "" ? {} : { generatedBy }, { input: inputShape });
  for (const { name, kind, config, inputs } of layers) {
    const from = inputs.map((input) => layers[input].name);
    found.layers.push({
      path: name,
      type: kind,
      options: { ...simpleOptions(config), ...(from.length > 1 ? { takes: from } : {}) },
    });
  }
  for (const [name, { shape, values }] of weights) found.add(name, "float32", shape, values);
  for (const problem of problems) found.unread.push({ name: problem, reason: "nothing here computes it" });
  return "TensorFlow.js layers model";
}

/** Of Keras' many options those that say what a layer computes. */
function simpleOptions(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const passed = ["name", "trainable", "dtype", "data_format", "sparse", "ragged", "batch_input_shape", "batch_shape"];
  const isSimple = (value: unknown): boolean => ["number", "string", "boolean"].includes(typeof value);
  return Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) => !passed.includes(name) && (isSimple(value) || (Array.isArray(value) && value.every(isSimple))),
    ),
  );
}

async function inspectParquet(path: string, found: Findings): Promise<string> {
  const set = await found.attempt("images", () => openParquetImages(path));
  if (set === null) return "Parquet file";
  const { count, classes, classNames, columns, pixels, groups } = set;
  Object.assign(found.facts, { rows: count, rowGroups: groups.length, columns, classes: classNames ?? classes });
  if (pixels !== null) found.facts.pixels = pixels;
  await set.close();
  return "Parquet file of images";
}

async function inspectNpy(path: string, found: Findings): Promise<string> {
  const { dtype, shape, values } = await readNpy(path);
  found.add("", dtype, shape, values);
  return "NPY array";
}

async function inspectNpz(path: string, found: Findings): Promise<string> {
  const file = await openNpz(path);
  try {
    for (const name of file.names) {
      const array = await found.attempt(name, () => file.read(name));
      if (array !== null) found.add(name, array.dtype, array.shape, array.values);
    }
  } finally {
    await file.close();
  }
  return "NPZ archive";
}

async function inspectIdx(path: string, found: Findings): Promise<string> {
  const { dtype, shape, values } = await readIdx(await readFile(path), { source: path });
  found.add("", dtype, shape, values);
  return "IDX array";
}

async function inspectOnnx(path: string, found: Findings): Promise<string> {
  const { nodes, constants, inputs, outputs, metadata, ...rest } = await readOnnx(path);
  const shapes = (values: typeof inputs): Record<string, unknown> =>
    Object.fromEntries(values.map(({ name, shape }) => [name, shape]));
  Object.assign(found.facts, rest, { inputs: shapes(inputs), outputs: shapes(outputs) });
  if (Object.keys(metadata).length > 0) found.facts.metadata = metadata;
  for (const { op, name, inputs: from, outputs: to } of nodes) {
    found.layers.push({ path: name || to.join(" "), type: op, options: { takes: from } });
  }
  for (const { name, dtype, shape, read } of constants) {
    const array = await found.attempt(name, async () => read());
    found.add(name, dtype, shape, array === null ? null : array.values);
  }
  // whether it can be run and trained here: operators that are not supported are named
  const loaded = await found.attempt("network", () => loadOnnx(path));
  if (loaded?.classNames !== undefined) found.facts.classNames = loaded.classNames;
  return "ONNX model";
}

async function inspectSafetensors(input: BinaryInput, found: Findings, source?: string): Promise<string> {
  const file = await openSafetensors(input, { source });
  try {
    await addTensors(file, found);
    const { tatami, ...metadata } = file.metadata;
    if (Object.keys(metadata).length > 0) found.facts.metadata = metadata;
    if (tatami === undefined) return "safetensors";
  } finally {
    await file.close();
  }
  const loaded = await found.attempt("architecture", () => load(input, { source }));
  if (loaded !== null) {
    const { model, metadata: _texts, ...preprocessing } = loaded;
    Object.assign(found.facts, preprocessing);
    addLayers(describe(model), "", found);
  }
  return "Tatami model file";
}

async function addTensors(file: SafetensorsFile, found: Findings): Promise<void> {
  for (const { name, dtype, shape } of file.entries) {
    const array: ArrayData | null = await found.attempt(name, () => file.read(name));
    found.add(name, dtype, shape, array === null ? null : array.values);
  }
}

function addLayers({ type, modules, ...options }: LayerDescription, path: string, found: Findings): void {
  if (type !== "Sequential") {
    found.layers.push({ path, type, options });
    return;
  }
  for (const [index, part] of (modules as LayerDescription[]).entries()) {
    addLayers(part, path === "" ? `${index}` : `${path}.${index}`, found);
  }
}

/** A run's folder, or that of one of its checkpoints. */
async function inspectedFolder(path: string): Promise<Inspection> {
  const found = new Findings();
  const [, one] = /^step-(\d+)$/.exec(basename(resolve(path))) ?? [];
  const folder = one === undefined ? path : dirname(resolve(path));
  const steps = await listCheckpoints(folder);
  if (steps.length === 0) {
    throw new UsageError(`${path} is of no known kind, got a folder without checkpoints, expected one with some`);
  }
  const wanted = one === undefined ? [...steps].reverse() : [Number(one)];
  if (one === undefined) Object.assign(found.facts, { steps, running: await isLocked(folder) });
  for (const step of wanted) {
    const checkpoint = await found.attempt(`step ${step}`, () => readCheckpoint(folder, { step }));
    if (checkpoint === null) continue;
    const { notes } = checkpoint.state;
    Object.assign(found.facts, { step, score: checkpoint.score, ...(isRecord(notes) ? notes : {}) });
    found.facts.files = Object.fromEntries([...checkpoint.files].map(([name, { length }]) => [name, length]));
    const model = checkpoint.files.get("model.safetensors");
    if (model !== undefined) {
      const source = `${checkpoint.path}/model.safetensors`;
      await found.attempt("model.safetensors", () => inspectSafetensors(model, found, source));
    }
    break;
  }
  return found.as(one === undefined ? "folder of checkpoints" : "checkpoint", null);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
