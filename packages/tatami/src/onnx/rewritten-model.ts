// The file that a network was made of, with the weights that it has now: everything else stays byte by byte.
import { type ElementKind, inLittleEndian } from "../formats/elements.ts";
import { encodeBfloat16, encodeFloat16 } from "../formats/half-floats.ts";
import { protobufFields } from "../formats/protobuf-reader.ts";
import { ProtobufWriter } from "../formats/protobuf-writer.ts";
import { compute } from "../tensor/compute.ts";
import { Message } from "./message.ts";
import { attributeWeightName, type OnnxModel } from "./onnx-model.ts";
import type { StoredTensor } from "./stored-tensor.ts";

/** TensorProto.DataType of those that weights can be of */
const floatTypes: Partial<Record<ElementKind, number>> = { float32: 1, float16: 10, float64: 11, bfloat16: 16 };

type Values = ReadonlyMap<string, Float32Array>;

/** What stands in the place of a field; null for the field as it is, bytes of whole fields otherwise. */
type Replace = (field: number, message: () => Message) => ProtobufWriter | null;

/**
 * @param metadata texts by name, added to those of the file; an equal name is replaced
 * @throws DataError where a weight is beyond the range of the half floats that its file holds
 */
export async function rewritten(
  model: OnnxModel,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  await compute([]);
  const { file, fault, plan } = model.parts;
  const values: Values = new Map(
    [...model.variables].map(([name, variable]) => [name, variable.values() as Float32Array]),
  );
  const replaced = (message: Message, bytes: Uint8Array, replace: Replace): ProtobufWriter => {
    const result = new ProtobufWriter();
    const fields = [...protobufFields(bytes, message.offset, fault)];
    fields.forEach(({ field, offset, start, value }, index) => {
      const end = fields[index + 1]?.offset ?? message.offset + bytes.length;
      const inner = (): Message => new Message(value as Uint8Array, start, fault);
      const found = typeof value === "bigint" ? null : replace(field, inner);
      if (found === null) result.raw(bytes.subarray(offset - message.offset, end - message.offset));
      else result.raw(found.finish());
    });
    return result;
  };
  const root = new Message(file, 0, fault);
  const graphBytes = root.bytes(7)[0]!;
  const [graph] = root.messages(7);
  const nodes = graph!.bytes(1);
  let nextNode = 0;
  const newGraph = replaced(graph!, graphBytes, (field, message) => {
    if (field === 5) return initializer(message(), values, plan.tensors);
    if (field !== 1) return null;
    const node = message();
    const bytes = nodes[nextNode++]!;
    const [op, name, output] = [node.text(4), node.text(3), node.texts(2)[0] ?? ""];
    const attributes = (inner: number, attribute: () => Message): ProtobufWriter | null => {
      if (inner !== 5) return null;
      const key = attribute().text(1);
      const floats = node.text(7) === "ai.onnx.ml" ? values.get(attributeWeightName({ name, op }, key)) : undefined;
      if (floats !== undefined) {
        const list = new ProtobufWriter().text(1, key).bytes(7, bytesOf(floats)).int(20, 6);
        return new ProtobufWriter().message(5, list);
      }
      const constant = op === "Constant" && key === "value" ? values.get(output) : undefined;
      if (constant === undefined) return null;
      const tensor = tensorOf(plan.tensors.get(output)!, "", constant);
      return new ProtobufWriter().message(5, new ProtobufWriter().text(1, key).message(5, tensor).int(20, 4));
    };
    return new ProtobufWriter().message(1, replaced(node, bytes, attributes));
  });
  const result = replaced(root, file, (field, message) => {
    if (field === 7) return new ProtobufWriter().message(7, newGraph);
    return field === 14 && Object.hasOwn(metadata, message().text(1)) ? new ProtobufWriter() : null;
  });
  for (const [key, value] of Object.entries(metadata)) {
    result.message(14, new ProtobufWriter().text(1, key).text(2, value));
  }
  return result.finish();
}

/** Weights as they are now; what lay in another file moves into this one. */
function initializer(
  message: Message,
  values: Values,
  tensors: ReadonlyMap<string, StoredTensor>,
): ProtobufWriter | null {
  const name = message.text(8);
  const stored = tensors.get(name);
  if (stored === undefined) return null;
  const current = values.get(name);
  if (current !== undefined) return new ProtobufWriter().message(5, tensorOf(stored, name, current));
  if (stored.external === null) return null;
  const tensor = new ProtobufWriter().int(2, message.integer(2)).text(8, name).bytes(9, stored.rawBytes());
  for (const length of stored.shape) tensor.int(1, length);
  return new ProtobufWriter().message(5, tensor);
}

function tensorOf(stored: StoredTensor, name: string, values: Float32Array): ProtobufWriter {
  const kind = stored.kind!;
  const tensor = new ProtobufWriter();
  for (const length of stored.shape) tensor.int(1, length);
  return tensor
    .int(2, floatTypes[kind]!)
    .text(8, name)
    .bytes(9, encoded(stored, kind, values));
}

function encoded(stored: StoredTensor, kind: ElementKind, values: Float32Array): Uint8Array {
  if (kind === "float64") return bytesOf(Float64Array.from(values));
  if (kind === "float32") return bytesOf(values);
  const bits = new Uint16Array(values.length);
  const misfit = (kind === "float16" ? encodeFloat16 : encodeBfloat16)(values, bits);
  if (misfit < 0) return bytesOf(bits);
  throw stored.wrong(`has an element ${misfit} beyond the range of ${kind}`, String(values[misfit]), "a smaller one");
}

function bytesOf(values: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return inLittleEndian(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), values.BYTES_PER_ELEMENT);
}
