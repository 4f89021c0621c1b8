// The values of constants that lie in files beside the model's. A model may name any file: only those in its own folder are
// read, and of these only what the model says is its own.
import type { BinaryInput, ByteSource } from "../formats/byte-source.ts";
import { openSource } from "../formats/byte-source.ts";
import { quoted } from "../formats/file-fault.ts";
import { partsWithin } from "../formats/path-within.ts";
import type { StoredTensor } from "./stored-tensor.ts";

export interface DataFiles {
  /** what the model was read from */
  readonly model: BinaryInput;
  /** given by whoever has no folder, by the names that the model knows them under */
  readonly given: Readonly<Record<string, BinaryInput>>;
}

/**
 * Fetches the values of those of `tensors` that lie elsewhere.
 * @throws DataError where a file is not there or too short, or outside the model's folder
 */
export async function fetchExternal(tensors: Iterable<StoredTensor>, files: DataFiles): Promise<void> {
  const sources = new Map<string, ByteSource>();
  try {
    for (const tensor of tensors) {
      if (tensor.external === null) continue;
      const location = tensor.external.get("location") ?? "";
      const source = sources.get(location) ?? (await sourceOf(tensor, location, files));
      sources.set(location, source);
      const [offset, length] = [numberAt(tensor, "offset", 0), numberAt(tensor, "length", tensor.byteLength)];
      if (!(length === tensor.byteLength)) {
        throw tensor.wrong(
          "does not fit its shape",
          `${length} bytes`,
          `${tensor.byteLength} for ${quoted(tensor.shape)}`,
        );
      }
      if (offset + length > source.size) {
        throw tensor.wrong(
          `lies beyond the end of ${quoted(location)}`,
          `${length} bytes at ${offset}`,
          `at most ${source.size}`,
        );
      }
      tensor.fetched(await source.read(offset, length));
    }
  } finally {
    for (const source of sources.values()) await source.close();
  }
}

function numberAt(tensor: StoredTensor, key: string, otherwise: number): number {
  const text = tensor.external!.get(key);
  if (text === undefined) return otherwise;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw tensor.wrong(`has a wrong ${key}`, quoted(text), "an integer");
}

async function sourceOf(tensor: StoredTensor, location: string, { model, given }: DataFiles): Promise<ByteSource> {
  if (Object.hasOwn(given, location)) return openSource(given[location]!);
  const parts = partsWithin(location);
  if (parts === null) throw tensor.wrong("lies outside the model's folder", quoted(location), "a file within it");
  if (typeof model !== "string" && !(model instanceof URL)) {
    throw tensor.wrong("lies in another file", quoted(location), "it in the option externalData, or the model's path");
  }
  const { openBeside } = await import("../formats/node-file.ts");
  return openBeside(model, parts);
}
