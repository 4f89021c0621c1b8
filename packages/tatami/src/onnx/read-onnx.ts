// What an ONNX file holds: its nodes by operator, its constants, inputs and outputs. No network is made of it. Subgraphs and
// attributes are passed over.
import type { ArrayData } from "../formats/array-data.ts";
import { type BinaryInput, openSource } from "../formats/byte-source.ts";
import { decodeElements, type ElementKind, elementKinds } from "../formats/elements.ts";
import { countElements, type Fault, faultsOf, quoted } from "../formats/file-fault.ts";
import { type ProtobufField, protobufFields, protobufIntegers } from "../formats/protobuf-reader.ts";

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** An input or output: sizes, or the name of one that is free ("?" where it has none). */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxConstant {
  readonly name: string;
  /** such as "float32"; "type 8" for those that are no numbers */
  readonly dtype: string;
  readonly shape: readonly number[];
  /**
   * Its values: floats and booleans as float32, integers as int32.
   * @throws DataError where they lie in another file, do not fit the shape, or are beyond these
   */
  readonly read: () => ArrayData;
}

export interface OnnxContent {
  readonly irVersion: number;
  /** of ONNX itself; 0 where the file does not say */
  readonly opset: number;
  readonly producer: string;
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  readonly metadata: Readonly<Record<string, string>>;
}

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

const decoder = new TextDecoder();

/**
 * @param input a path or file: URL (Node), a Blob or File, or bytes
 * @throws DataError naming file, offset and fault where it cannot be read, is damaged or no ONNX file
 */
export async function readOnnx(
  input: BinaryInput,
  options: { source?: string | undefined } = {},
): Promise<OnnxContent> {
  const bytes = await openSource(input, options.source);
  try {
    return modelOf(await bytes.read(0, bytes.size), faultsOf("onnx", bytes.name));
  } finally {
    await bytes.close();
  }
}

/** A message's fields by number. */
class Message {
  readonly #fields = new Map<number, ProtobufField[]>();
  readonly fault: Fault;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset: number, fault: Fault) {
    this.fault = fault;
    this.offset = offset;
    for (const field of protobufFields(bytes, offset, fault)) {
      const same = this.#fields.get(field.field);
      if (same === undefined) this.#fields.set(field.field, [field]);
      else same.push(field);
    }
  }

  all(field: number): readonly ProtobufField[] {
    return this.#fields.get(field) ?? [];
  }

  bytes(field: number): Uint8Array[] {
    return this.all(field).map(({ value, offset }) => {
      if (typeof value !== "bigint") return value;
      throw this.fault(`has a wrong field ${field}`, offset, `the number ${value}`, "bytes");
    });
  }

  texts(field: number): string[] {
    return this.bytes(field).map((bytes) => decoder.decode(bytes));
  }

  text(field: number): string {
    return this.texts(field).at(-1) ?? "";
  }

  integers(field: number): number[] {
    return this.all(field).flatMap((found) => protobufIntegers(found, this.fault).map(Number));
  }

  messages(field: number): Message[] {
    const fields = this.all(field);
    return this.bytes(field).map((bytes, index) => new Message(bytes, fields[index]!.start, this.fault));
  }
}

function modelOf(bytes: Uint8Array, fault: Fault): OnnxContent {
  const model = new Message(bytes, 0, fault);
  const [graph, ...others] = model.messages(7);
  if (graph === undefined || others.length > 0) {
    throw fault("is no ONNX file", 0, `${others.length + (graph === undefined ? 0 : 1)} graphs`, "one");
  }
  const metadata = model.messages(14).map((entry) => [entry.text(1), entry.text(2)]);
  return {
    irVersion: model.integers(1).at(-1) ?? 0,
    opset: opsetOf(model),
    producer: model.text(2),
    name: graph.text(2),
    nodes: graph.messages(1).map((node) => ({
      op: node.text(4),
      name: node.text(3),
      inputs: node.texts(1),
      outputs: node.texts(2),
    })),
    inputs: graph.messages(11).map(axesOf),
    outputs: graph.messages(12).map(axesOf),
    constants: graph.messages(5).map(constantOf),
    metadata: Object.fromEntries(metadata),
  };
}

/** Of the domain without a name; others are extensions. */
function opsetOf(model: Message): number {
  const own = model.messages(8).find((set) => ["", "ai.onnx"].includes(set.text(1)));
  return own?.integers(2).at(-1) ?? 0;
}

function axesOf(value: Message): OnnxValue {
  const axes = value
    .messages(2)
    .flatMap((type) => type.messages(1))
    .flatMap((tensor) => tensor.messages(2))
    .flatMap((shape) => shape.messages(1));
  return { name: value.text(1), shape: axes.map((axis) => axis.integers(1).at(-1) ?? (axis.text(2) || "?")) };
}

function constantOf(tensor: Message): OnnxConstant {
  const type = tensor.integers(2).at(-1) ?? 0;
  const shape = tensor.integers(1);
  const name = tensor.text(8);
  const kind = Object.hasOwn(elementTypes, type) ? elementTypes[type]! : null;
  const read = (): ArrayData => {
    const count = countElements(shape);
    const wrong = (what: string, got: string, expected: string): Error =>
      tensor.fault(`has a constant ${quoted(name)} that ${what}`, tensor.offset, got, expected);
    if (kind === null) throw wrong("is of no known type", `type ${type}`, "numbers");
    if (tensor.integers(14).at(-1) === 1) throw wrong("lies in another file", "its place", "its values");
    const { bytes: size, dtype } = elementKinds[kind];
    const raw = tensor.bytes(9).at(-1);
    const values = raw === undefined ? listed(tensor, kind) : null;
    const found = values === null ? raw!.length / size : values.length;
    if (found !== count) throw wrong("does not fit its shape", `${found} values`, `${quoted(shape)} of them`);
    if (values !== null) return { shape, dtype, values };
    const misfit = (index: number, value: number | bigint, expected: string): Error =>
      wrong(`has an element ${index} that does not fit ${dtype}`, String(value), expected);
    return { shape, dtype, values: decodeElements(kind, raw!, true, misfit) };
  };
  return { name, dtype: kind ?? `type ${type}`, shape, read };
}

/** Values that stand one by one, as small constants do. */
function listed(tensor: Message, kind: ElementKind): Float32Array | Int32Array {
  const floats = kind === "float32" ? 4 : kind === "float64" ? 10 : null;
  if (floats === null) {
    const integers = [...tensor.integers(5), ...tensor.integers(7), ...tensor.integers(11)];
    const beyond = integers.find((value) => value !== (value | 0));
    if (beyond !== undefined || kind === "float16" || kind === "bfloat16") {
      const got = beyond === undefined ? kind : String(beyond);
      throw tensor.fault(`has a constant ${quoted(tensor.text(8))} that is not read`, tensor.offset, got, "int32");
    }
    return elementKinds[kind].dtype === "float32" ? Float32Array.from(integers) : Int32Array.from(integers);
  }
  const size = floats === 4 ? 4 : 8;
  return Float32Array.from(
    tensor.bytes(floats).flatMap((bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
        size === 4 ? view.getFloat32(4 * index, true) : view.getFloat64(8 * index, true),
      );
    }),
  );
}
