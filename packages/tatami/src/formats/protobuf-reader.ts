// Protobuf's wire format, read field by field from bytes that nobody vouches for. What the fields mean is its callers'
// business; a message within is bytes until it is asked for, so that nesting costs no stack.
import type { Fault } from "./file-fault.ts";

export interface ProtobufField {
  /** its number, ≥ 1 */
  readonly field: number;
  /** of the field, in the file */
  readonly offset: number;
  /** of its value, in the file */
  readonly start: number;
  /** an integer; the bytes of a text, message, list, float or double */
  readonly value: bigint | Uint8Array;
}

/** How integers, 8 bytes, lengths and 4 bytes are marked. */
const wires = { integer: 0, eight: 1, length: 2, four: 5 } as const;

const longestVarint = 10;

/**
 * The fields of a message, in their order.
 * @param base where the message begins in the file, for messages of error
 * @throws DataError, by `fault`, where the bytes end within a field or are none
 */
export function* protobufFields(bytes: Uint8Array, base: number, fault: Fault): Generator<ProtobufField> {
  let at = 0;
  const varint = (): bigint => {
    const begin = at;
    let value = 0n;
    for (let index = 0; index < longestVarint; index++) {
      if (at >= bytes.length) {
        throw fault("ends within a number", base + begin, `${bytes.length - begin} bytes`, "one more at least");
      }
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << BigInt(7 * index);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw fault("has a number without an end", base + begin, `${longestVarint} bytes`, "fewer");
  };
  const take = (length: bigint): Uint8Array => {
    if (length > BigInt(bytes.length - at)) {
      const got = `${length} bytes of the ${bytes.length - at} there are`;
      throw fault("has a field that ends outside its message", base + at, got, "a length that fits");
    }
    at += Number(length);
    return bytes.subarray(at - Number(length), at);
  };
  while (at < bytes.length) {
    const begin = at;
    const tag = varint();
    const wire = Number(tag & 7n);
    const field = Number(tag >> 3n);
    if (field < 1 || field >= 2 ** 29) throw fault("has no such field", base + begin, String(field), "1 to 2^29 − 1");
    if (wire === wires.integer) {
      const start = base + at;
      yield { field, offset: base + begin, start, value: varint() };
      continue;
    }
    const length = wire === wires.length ? varint() : wire === wires.eight ? 8n : wire === wires.four ? 4n : null;
    if (length === null) {
      throw fault("has a field of no known kind", base + begin, `wire type ${wire}`, "0, 1, 2 or 5");
    }
    const start = base + at;
    yield { field, offset: base + begin, start, value: take(length) };
  }
}

/**
 * The integers of a packed list, or the one of a single field; negative ones are as they were meant.
 * @throws DataError, by `fault`, where the list ends within one
 */
export function protobufIntegers({ value, offset }: ProtobufField, fault: Fault): bigint[] {
  if (typeof value === "bigint") return [BigInt.asIntN(64, value)];
  const integers: bigint[] = [];
  let integer = 0n;
  let shift = 0n;
  for (const byte of value) {
    if (shift >= 70n) throw fault("has a number without an end", offset, `${longestVarint} bytes`, "fewer");
    integer |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    integers.push(BigInt.asIntN(64, integer));
    integer = 0n;
    shift = 0n;
  }
  if (shift > 0n) throw fault("has a list that ends within a number", offset, `${value.length} bytes`, "one more");
  return integers;
}
