// Safetensors files out of arrays: as bytes, or streamed into a file under Node.
import { elementBytes } from "../shape/dtype.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { type ArrayData, type ArrayMap, checkArray, rawBytes } from "./array-data.ts";
import { elementKinds, inLittleEndian } from "./elements.ts";
import { quoted } from "./file-fault.ts";
import { encodeBfloat16, encodeFloat16 } from "./half-floats.ts";
import { maximumHeaderLength, prefixBytes, type SafetensorsDType, safetensorsDTypes } from "./safetensors.ts";

export interface WriteSafetensorsOptions {
  /** texts by name, kept in the file's `__metadata__`; default none */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** what float32 is written as, rounded to nearest, ties to even; default "F32" */
  floats?: "F32" | "F16" | "BF16" | undefined;
}

/** Elements converted at a time. */
const pieceLength = 1 << 18;

type Tensor = readonly [name: string, array: ArrayData, dtype: SafetensorsDType];

/**
 * The bytes of a file. int32 arrays are written as I32.
 * @throws ShapeError where a shape does not fit its values
 * @throws DataError where a value is beyond the range of F16 or BF16
 * @throws OptionError for an unknown `floats`, metadata that is no text, or a tensor called "__metadata__"
 */
export function writeSafetensors(tensors: ArrayMap, options: WriteSafetensorsOptions = {}): Uint8Array<ArrayBuffer> {
  const { byteLength, pieces } = layOut("writeSafetensors", tensors, options);
  const file = new Uint8Array(byteLength);
  let offset = 0;
  for (const piece of pieces) {
    file.set(piece, offset);
    offset += piece.length;
  }
  return file;
}

/**
 * Writes a file under Node, piece by piece: beside the one it replaces, flushed, then renamed, so that whatever happens
 * leaves either the old or the new one.
 * @throws what `writeSafetensors` does, and DataError where the file cannot be written
 */
export async function saveSafetensors(
  path: string | URL,
  tensors: ArrayMap,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const { pieces } = layOut("saveSafetensors", tensors, options);
  const { writeFile } = await import("./node-file.ts");
  await writeFile(path, pieces);
}

function layOut(
  op: string,
  tensors: ArrayMap,
  { metadata = {}, floats = "F32" }: WriteSafetensorsOptions,
): { byteLength: number; pieces: Iterable<Uint8Array> } {
  if (floats !== "F32" && floats !== "F16" && floats !== "BF16") {
    throw new OptionError(
      `${op}: floats is unknown, got ${quoted(floats)}, expected F32, F16 or BF16`,
      "floats",
      floats,
    );
  }
  const header: [string, unknown][] = [];
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== "string") {
      throw new OptionError(`${op}: metadata ${quoted(name)} is no text, got ${quoted(text)}`, "metadata", text);
    }
  }
  if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata]);
  const list = Object.entries(tensors).map(([name, array]): Tensor => {
    if (name === "__metadata__") {
      throw new OptionError(`${op}: "__metadata__" is no tensor's name, expected another`, "tensors", name);
    }
    checkArray(op, quoted(name), array);
    return [name, array, array.dtype === "int32" ? "I32" : floats];
  });
  // larger elements first, as the reference writer does: all are aligned then
  list.sort((a, b) => sizeOfElement(b[2]) - sizeOfElement(a[2]));
  let end = 0;
  for (const tensor of list) {
    const begin = end;
    end += tensor[1].values.length * sizeOfElement(tensor[2]);
    header.push([tensor[0], { dtype: tensor[2], shape: tensor[1].shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > maximumHeaderLength) {
    throw new OptionError(
      `${op}: the header is too long, got ${length} bytes of names and metadata, expected at most ${maximumHeaderLength}`,
      "metadata",
      length,
    );
  }
  const head = new Uint8Array(prefixBytes + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, prefixBytes);
  return { byteLength: head.length + end, pieces: piecesOf(op, head, list) };
}

function sizeOfElement(dtype: SafetensorsDType): number {
  return elementKinds[safetensorsDTypes[dtype]].bytes;
}

function* piecesOf(op: string, head: Uint8Array, list: readonly Tensor[]): Generator<Uint8Array> {
  yield head;
  for (const [name, array, dtype] of list) {
    if (dtype === "F16" || dtype === "BF16") yield* halves(op, name, array.values as Float32Array, dtype);
    else yield inLittleEndian(rawBytes(array), elementBytes);
  }
}

function* halves(op: string, name: string, values: Float32Array, dtype: "F16" | "BF16"): Generator<Uint8Array> {
  const encode = dtype === "F16" ? encodeFloat16 : encodeBfloat16;
  for (let begin = 0; begin < values.length; begin += pieceLength) {
    const piece = values.subarray(begin, begin + pieceLength);
    const bits = new Uint16Array(piece.length);
    const misfit = encode(piece, bits);
    if (misfit >= 0) {
      throw new DataError(
        `${op}: element ${begin + misfit} of ${quoted(name)} does not fit ${dtype}, got ${piece[misfit]}, expected a smaller magnitude, or floats "F32"`,
        name,
      );
    }
    yield inLittleEndian(new Uint8Array(bits.buffer), 2);
  }
}
