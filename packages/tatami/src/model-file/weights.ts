// The weights of a model in a safetensors file, under PyTorch's names. The architecture is not in it: see model-file.ts.
import type { ArrayMap } from "../formats/array-data.ts";
import type { BinaryInput } from "../formats/byte-source.ts";
import { dtypeOf, openSafetensors, type SafetensorsFile } from "../formats/read-safetensors.ts";
import { saveSafetensors, type WriteSafetensorsOptions } from "../formats/write-safetensors.ts";
import type { AnyModule } from "../nn/module.ts";
import type { StateEntry } from "../nn/state-dict.ts";
import { DataError } from "../shape/errors.ts";
import { formatShape, sameShape } from "../shape/shape.ts";
import { compute } from "../tensor/compute.ts";
import { weightNames } from "./weight-names.ts";

/** Readers of PyTorch's world ask which framework's layouts a file has. */
export const frameworkMetadata: Readonly<Record<string, string>> = { format: "pt" };

/** Parameters and running statistics by their names in files; random keys are not among them. */
export async function weightsOf(model: AnyModule): Promise<ArrayMap> {
  const state = await model.stateDict();
  return Object.fromEntries(weightNames(model).weights.map(({ name, fileName }) => [fileName, state[name]!]));
}

/**
 * Writes a model's parameters and running statistics into a safetensors file, under the names that PyTorch's state_dict of
 * the same layers has. Any Module can be saved, classes of your own too. Node only; an earlier file is replaced at the end.
 * @throws DataError where the file cannot be written, or a weight is beyond the range of the floats asked for
 */
export async function saveWeights(
  model: AnyModule,
  path: string | URL,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const metadata = { ...frameworkMetadata, ...options.metadata };
  await saveSafetensors(path, await weightsOf(model), { ...options, metadata });
}

export interface LoadWeightsOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  source?: string | undefined;
}

/**
 * Gives a model the weights of a safetensors file: Tatami's, or a PyTorch state_dict of the same layers. F16, BF16 and F64
 * are converted. What is missing, unexpected or of another shape is listed before anything is read.
 * @param input a path or file: URL (Node), a Blob or File, or bytes
 * @throws DataError, changing nothing, where the file is damaged or does not fit the model
 */
export async function loadWeights(
  model: AnyModule,
  input: BinaryInput,
  options: LoadWeightsOptions = {},
): Promise<void> {
  const file = await openSafetensors(input, options);
  try {
    await fillWeights("loadWeights", model, file);
  } finally {
    await file.close();
  }
}

/** @throws DataError, changing nothing, where the file does not fit the model or a tensor cannot be read */
export async function fillWeights(op: string, model: AnyModule, file: SafetensorsFile): Promise<void> {
  const names = weightNames(model);
  const entries = new Map(file.entries.map((entry) => [entry.name, entry]));
  const known = new Set(names.weights.map(({ fileName }) => fileName));
  const faults = [
    ...names.weights.flatMap(({ fileName, variable }) => {
      const entry = entries.get(fileName);
      if (entry === undefined) return [`${fileName} is missing`];
      if (dtypeOf(entry) === variable.dtype && sameShape(entry.shape, variable.shape)) return [];
      const expected = `${variable.dtype} ${formatShape(variable.shape)}`;
      return [`${fileName} ${entry.dtype} ${formatShape(entry.shape)} where ${expected} is expected`];
    }),
    ...[...entries.keys()]
      .filter((name) => !known.has(name) && !names.ignored.has(name))
      .map((name) => `${JSON.stringify(name)} is unexpected`),
  ];
  if (faults.length > 0) {
    const shown = faults.slice(0, 10).join(", ");
    const more = faults.length > 10 ? ` and ${faults.length - 10} more` : "";
    throw new DataError(
      `${op}: ${file.source} does not fit the model, got ${shown}${more}, expected the model's ${names.weights.length} weights`,
      file.source,
    );
  }
  const state: [string, StateEntry][] = [];
  for (const { name, fileName } of names.weights) state.push([name, await file.read(fileName)]);
  await compute([]);
  for (const [name, key] of names.keys) {
    state.push([name, { shape: key.shape, dtype: key.dtype, values: key.values().slice() }]);
  }
  model.loadStateDict(Object.fromEntries(state));
}
