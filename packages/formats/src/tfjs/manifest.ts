// The weights of a model: what the manifest in model.json says of its binary files, and their values. Files are read where the
// manifest may name them only: within the model's folder.
import { decodeFloat16, partsWithin, quoted } from "tatamijs/formats";
import { isJson, type Json, type TfjsFault } from "./fault.ts";

export interface Weight {
  readonly shape: readonly number[];
  /** row-major */
  readonly values: Float32Array;
}

const bytesOf: Readonly<Record<string, number>> = { float32: 4, float16: 2, int32: 4, uint16: 2, uint8: 1, bool: 1 };

/**
 * The weights by name.
 * @param manifest `weightsManifest` of a model.json, of unknown origin
 * @param read the bytes of a file that stands beside the model.json, by its name
 * @throws DataError where it names files elsewhere, or files are missing or of another length than its weights
 */
export async function readWeights(
  manifest: unknown,
  read: (name: string) => Promise<Uint8Array>,
  fault: TfjsFault,
): Promise<Map<string, Weight>> {
  const weights = new Map<string, Weight>();
  if (!Array.isArray(manifest)) throw fault("has no weights", quoted(manifest), "weightsManifest, a list of groups");
  for (const group of manifest) {
    const { paths, weights: specs } = isJson(group) ? group : ({} as Json);
    if (!Array.isArray(paths) || !Array.isArray(specs)) {
      throw fault("has a damaged manifest", quoted(group), "groups of paths and weights");
    }
    const sizes = specs.map((spec) => sizeOf(spec, fault));
    const wanted = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const pieces: Uint8Array[] = [];
    for (const path of paths) pieces.push(await read(within(path, fault)));
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (total !== wanted) {
      throw fault(
        "has weights of another length",
        `${total} bytes in ${quoted(paths)}`,
        `${wanted} for ${specs.length} weights`,
      );
    }
    const bytes = pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
    let at = 0;
    for (const size of sizes) {
      if (weights.has(size.name)) throw fault("has a weight twice", size.name, "names of their own");
      weights.set(size.name, {
        shape: size.shape,
        values: size.decode(new Uint8Array(bytes.subarray(at, at + size.bytes))),
      });
      at += size.bytes;
    }
  }
  return weights;
}

/** @throws DataError unless it names a file in the model's folder or in one below */
function within(path: unknown, fault: TfjsFault): string {
  // downloads of browsers say "./model.weights.bin"
  const parts = typeof path === "string" ? partsWithin(path) : null;
  if (parts === null) {
    throw fault("names weights that are not its own", quoted(path), "files beside the model.json");
  }
  return parts.join("/");
}

interface SizedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

function sizeOf(spec: unknown, fault: TfjsFault): SizedWeight {
  const damaged = (expected: string): Error => fault("has a damaged weight", quoted(spec), expected);
  if (!isJson(spec) || typeof spec.name !== "string") throw damaged("name, shape and dtype");
  const { name, shape, dtype, quantization = null } = spec;
  const length = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(length)) throw damaged("a shape of sizes");
  const count = (shape as readonly number[]).reduce((product, size) => product * size, 1);
  const packed = isJson(quantization) ? quantization.dtype : dtype;
  const width = typeof packed === "string" && Object.hasOwn(bytesOf, packed) ? bytesOf[packed]! : Number.NaN;
  if (!Number.isSafeInteger(count * width)) throw damaged(`a dtype of ${Object.keys(bytesOf).join(", ")}`);
  let scale = 1;
  let min = 0;
  if (quantization !== null) {
    if (!isJson(quantization) || !["float16", "uint8", "uint16"].includes(packed as string)) {
      throw damaged("a quantisation of float16, uint8 or uint16");
    }
    if (packed !== "float16") {
      if (!Number.isFinite(quantization.scale) || !Number.isFinite(quantization.min)) throw damaged("scale and min");
      scale = quantization.scale as number;
      min = quantization.min as number;
    }
  }
  const decode = (bytes: Uint8Array): Float32Array => {
    const plain = numbersOf(packed as string, bytes);
    const values = plain instanceof Float32Array ? plain : new Float32Array(plain);
    if (scale !== 1 || min !== 0) for (let at = 0; at < values.length; at++) values[at] = plain[at]! * scale + min;
    return values;
  };
  return { name, shape: shape as readonly number[], bytes: count * width, decode };
}

/** @param bytes a buffer of their own, so that it is aligned */
function numbersOf(dtype: string, { buffer }: Uint8Array): ArrayLike<number> {
  if (dtype === "float32") return new Float32Array(buffer);
  if (dtype === "float16") return decodeFloat16(new Uint16Array(buffer));
  if (dtype === "int32") return new Int32Array(buffer);
  return dtype === "uint16" ? new Uint16Array(buffer) : new Uint8Array(buffer);
}
