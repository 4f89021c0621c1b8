// A TensorProto: an array that an ONNX file holds, or says where it lies beside it. Fetching what lies beside it is
// external-data.ts.
import type { ArrayData } from "../formats/array-data.ts";
import { decodeElements, type ElementKind, elementKinds } from "../formats/elements.ts";
import { countElements, faultsOf, quoted } from "../formats/file-fault.ts";
import { decodeBfloat16, decodeFloat16 } from "../formats/half-floats.ts";
import { ProtobufWriter } from "../formats/protobuf-writer.ts";
import type { DataError } from "../shape/errors.ts";
import { Message } from "./message.ts";

/** TensorProto.DataType */
const elementTypes: Readonly<Record<number, ElementKind>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

const texts = 8;

/** What numbers of a type are: null for those that are none. */
export type NumberKind = "float" | "int" | "bool";

export function numberKindOf(type: number): NumberKind | null {
  const kind = Object.hasOwn(elementTypes, type) ? elementTypes[type]! : null;
  if (kind === null) return null;
  return kind === "bool" ? "bool" : elementKinds[kind].dtype === "float32" ? "float" : "int";
}

export class StoredTensor {
  readonly name: string;
  /** of its values; NaN where there can be no such shape */
  readonly count: number;
  readonly shape: readonly number[];
  /** null for those that are no numbers */
  readonly kind: ElementKind | null;
  readonly numbers: NumberKind | null;
  /** such as "float32"; "type 8" for those that are no numbers */
  readonly dtype: string;
  /** whether its values lie in another file, and where: texts by key */
  readonly external: ReadonlyMap<string, string> | null;
  readonly #message: Message;
  #fetched: Uint8Array | null = null;

  constructor(message: Message, name: string = message.text(8)) {
    const type = message.integer(2);
    this.#message = message;
    this.name = name;
    this.shape = message.integers(1);
    this.count = countElements(this.shape);
    this.kind = Object.hasOwn(elementTypes, type) ? elementTypes[type]! : null;
    this.numbers = numberKindOf(type);
    this.dtype = this.kind ?? `type ${type}`;
    this.external =
      message.integer(14) === 1 ? new Map(message.messages(13).map((entry) => [entry.text(1), entry.text(2)])) : null;
  }

  /** A small one that an attribute lists. */
  static of(
    name: string,
    kind: "int64" | "float32",
    shape: readonly number[],
    values: readonly number[],
  ): StoredTensor {
    const message = new ProtobufWriter().int(2, kind === "float32" ? 1 : 7);
    for (const size of shape) message.int(1, size);
    if (kind === "float32") message.bytes(9, new Uint8Array(Float32Array.from(values).buffer));
    else message.bytes(9, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
    return new StoredTensor(new Message(message.finish(), 0, faultsOf("onnx", name)), name);
  }

  /** How many bytes its values take where they lie raw. */
  get byteLength(): number {
    return this.kind === null ? Number.NaN : this.count * elementKinds[this.kind].bytes;
  }

  wrong(what: string, got: string, expected: string, cause?: unknown): DataError {
    return this.#message.fault(
      `has a constant ${quoted(this.name)} that ${what}`,
      this.#message.offset,
      got,
      expected,
      cause,
    );
  }

  /** Its values as they lay in another file. */
  rawBytes(): Uint8Array {
    return this.#raw() ?? new Uint8Array();
  }

  /** Gives it the raw values that lay in another file. */
  fetched(bytes: Uint8Array): void {
    this.#fetched = bytes;
  }

  /**
   * Its values: floats and booleans as float32, integers as int32.
   * @throws DataError where they lie in another file, do not fit the shape, or are beyond these
   */
  read(): ArrayData {
    const { kind, shape } = this;
    if (kind === null) throw this.wrong("is of no known type", this.dtype, "numbers");
    const { bytes: size, dtype } = elementKinds[kind];
    const raw = this.#raw();
    if (raw === null) {
      const values = this.#listed(kind);
      this.#expectCount(values.length);
      return { shape, dtype, values };
    }
    this.#expectCount(raw.length / size);
    return {
      shape,
      dtype,
      values: decodeElements(kind, raw, true, (index, value, expected) => this.#misfit(index, value, expected)),
    };
  }

  /**
   * Its values as numbers of JavaScript: integers of 64 bits are not cut to 32, as those that stand for "to the end" need.
   * @throws DataError as `read` does
   */
  readNumbers(): ArrayLike<number> {
    const { kind } = this;
    if (kind !== "int64" && kind !== "uint64" && kind !== "uint32") return this.read().values;
    const raw = this.#raw();
    if (raw === null) {
      const values = this.#integers();
      this.#expectCount(values.length);
      return values;
    }
    this.#expectCount(raw.length / elementKinds[kind].bytes);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    return Float64Array.from({ length: this.count }, (_, at) => {
      if (kind === "uint32") return view.getUint32(4 * at, true);
      return Number(kind === "int64" ? view.getBigInt64(8 * at, true) : view.getBigUint64(8 * at, true));
    });
  }

  /** Its texts. @throws DataError where it holds none, or not as many as its shape says */
  readTexts(): string[] {
    if (this.#message.integer(2) !== texts) throw this.wrong("holds no texts", this.dtype, "texts");
    const found = this.#message.texts(6);
    this.#expectCount(found.length);
    return found;
  }

  #raw(): Uint8Array | null {
    if (this.external !== null) {
      if (this.#fetched === null) throw this.wrong("lies in another file", "its place", "its values");
      return this.#fetched;
    }
    return this.#message.bytes(9).at(-1) ?? null;
  }

  #expectCount(found: number): void {
    if (found !== this.count) {
      throw this.wrong("does not fit its shape", `${found} values`, `${quoted(this.shape)} of them`);
    }
  }

  #misfit(index: number, value: number | bigint, expected: string): DataError {
    const dtype = elementKinds[this.kind!].dtype;
    return this.wrong(`has an element ${index} that does not fit ${dtype}`, String(value), expected);
  }

  #integers(): number[] {
    return [5, 7, 11].flatMap((field) => this.#message.integers(field));
  }

  /** Values that stand one by one, as small constants do. */
  #listed(kind: ElementKind): Float32Array | Int32Array {
    if (kind === "float32") return Float32Array.from(this.#message.floats(4));
    if (kind === "float64") return Float32Array.from(this.#message.floats(10, 8));
    const integers = this.#integers();
    const beyond = integers.findIndex((value) => value !== (value | 0));
    if (beyond >= 0) throw this.wrong("is not read", String(integers[beyond]), "int32");
    // the words of half floats, as integers
    if (kind === "float16") return decodeFloat16(Uint16Array.from(integers));
    if (kind === "bfloat16") return decodeBfloat16(Uint16Array.from(integers));
    return elementKinds[kind].dtype === "float32" ? Float32Array.from(integers) : Int32Array.from(integers);
  }
}
