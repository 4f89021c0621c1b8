// What an ONNX file holds: its nodes by operator, its constants, inputs and outputs. No network is made of it: that is
// load-onnx.ts. Subgraphs and attributes are passed over.
import type { ArrayData } from "../formats/array-data.ts";
import { type BinaryInput, openSource } from "../formats/byte-source.ts";
import { type Fault, faultsOf } from "../formats/file-fault.ts";
import { parseModel } from "./parsed-model.ts";

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
    return contentOf(await bytes.read(0, bytes.size), faultsOf("onnx", bytes.name));
  } finally {
    await bytes.close();
  }
}

function contentOf(bytes: Uint8Array, fault: Fault): OnnxContent {
  const { irVersion, opsets, producer, name, nodes, inputs, outputs, tensors, metadata } = parseModel(bytes, fault);
  const listed = (values: typeof inputs): OnnxValue[] =>
    values.map(({ name, shape }) => ({ name, shape: shape ?? [] }));
  return {
    irVersion,
    opset: opsets.get("") ?? 0,
    producer,
    name,
    nodes: nodes.map(({ op, name, inputs, outputs }) => ({ op, name, inputs, outputs })),
    inputs: listed(inputs),
    outputs: listed(outputs),
    constants: tensors.map((tensor) => ({
      name: tensor.name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      read: () => tensor.read(),
    })),
    metadata,
  };
}
