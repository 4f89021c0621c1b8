// Computing tensors outside any compiled function: `await t.data()`. Graphs of the same structure share one Program, so
// a loop that builds the same graph every time compiles it once.
import { type CompiledGraph, compileGraph, type Request, structureOf } from "../compile/index.ts";
import type { Node } from "../graph/node.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type TypedArray, typedArray } from "../shape/dtype.ts";
import { sizeOf, type TensorType } from "../shape/shape.ts";
import { computedStorage, keepValue, readComputed } from "./computed.ts";
import { backend as loadBackend } from "./device.ts";
import { LoadedProgram } from "./loaded.ts";
import { currentPrecision } from "./precision.ts";
import { hostValues } from "./residence.ts";
import { takePending } from "./variable.ts";

/** How many Programs are kept for graphs built again. */
const cacheLimit = 64;

/** A Program for every graph of its structure: which of a graph's storages its external buffers are. */
interface CachedProgram {
  readonly compiled: CompiledGraph;
  readonly storageOrder: readonly number[];
}

const cache = new Map<string, CachedProgram>();

/** Computations follow one another: a later one may read what an earlier one assigns. */
let queue: Promise<unknown> = Promise.resolve();

export interface ComputeOptions {
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

/**
 * Computes `tensors` in one Program, together with every assignment made so far. Their values are kept: what is
 * built on them later, gradients included, reads them instead of computing them again.
 * @throws BackendError when the backend cannot be loaded or is out of memory
 */
export async function compute(tensors: readonly Tensor[], options: ComputeOptions = {}): Promise<void> {
  await computeAll(tensors, options);
}

/** Carries out assignments made outside any trace. */
export async function flushAssignments(): Promise<void> {
  await computeAll([], {});
}

/** The values of `tensor`, row-major: a copy. */
export async function dataOf(tensor: Tensor, options: ComputeOptions = {}): Promise<TypedArray> {
  const [storage] = await computeAll([tensor], options);
  return hostValues(storage!).slice();
}

/** The storages that hold the tensors' values. What tensors and variables are is settled at the call, not later. */
function computeAll(tensors: readonly Tensor[], options: ComputeOptions): Promise<Storage[]> {
  const updates = takePending();
  const nodes = tensors.map(({ node }) => node);
  const work = queue.then(async () => {
    const wanted = nodes.filter((node) => computedStorage(node) === null);
    if (wanted.length > 0 || updates.length > 0) {
      const target = await loadBackend(options.backend);
      const request = readComputed({ outputs: wanted, updates, guards: [] });
      const { key: structure, storages } = structureOf(request);
      const key = `${currentPrecision()} ${structure}`;
      const { compiled, storageOrder } = remember(key, cache.get(key) ?? compileCached(request, storages));
      const bound = storageOrder.map((position) => storages[position]!);
      await runOnce(new LoadedProgram(compiled, target, bound), wanted);
    }
    return nodes.map((node) => computedStorage(node)!);
  });
  queue = work.catch(() => undefined);
  return work;
}

/** Compiles without holding on to the storages of this one graph. */
function compileCached(request: Request, storages: readonly Storage[]): CachedProgram {
  const compiled = compileGraph(request, currentPrecision());
  return {
    compiled: { ...compiled, storages: [] },
    storageOrder: compiled.storages.map((storage) => storages.indexOf(storage)),
  };
}

/** Keeps the programs used last, least recent first in the map's order. */
function remember(key: string, program: CachedProgram): CachedProgram {
  cache.delete(key);
  cache.set(key, program);
  if (cache.size > cacheLimit) cache.delete(cache.keys().next().value!);
  return program;
}

async function runOnce(loaded: LoadedProgram, wanted: readonly Node[]): Promise<void> {
  try {
    await loaded.run();
    wanted.forEach((node, index) => {
      keepValue(node, outputStorage(loaded, index, node));
    });
  } finally {
    loaded.dispose();
  }
}

/** Output `index` of a program that has just run, copied to the host. */
export function outputStorage(loaded: LoadedProgram, index: number, type: TensorType): Storage {
  const words = loaded.output(index);
  const values = typedArray(type.dtype, sizeOf(type.shape));
  values.set(type.dtype === "float32" ? words : new Int32Array(words.buffer, words.byteOffset, words.length));
  return new Storage(type.shape, type.dtype, values);
}
