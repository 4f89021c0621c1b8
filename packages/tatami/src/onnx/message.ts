// A protobuf message of a file, its fields by number. What the fields mean is its callers' business.
import type { Fault } from "../formats/file-fault.ts";
import { type ProtobufField, protobufFields, protobufIntegers } from "../formats/protobuf-reader.ts";

const decoder = new TextDecoder();

export class Message {
  readonly #fields = new Map<number, ProtobufField[]>();
  readonly fault: Fault;
  /** in the file */
  readonly offset: number;

  /** @throws DataError, by `fault`, where the bytes are no message */
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

  has(field: number): boolean {
    return this.#fields.has(field);
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

  /** The last one, or "". */
  text(field: number): string {
    return this.texts(field).at(-1) ?? "";
  }

  integers(field: number): number[] {
    return this.all(field).flatMap((found) => protobufIntegers(found, this.fault).map(Number));
  }

  /** The last one, or `otherwise`. */
  integer(field: number, otherwise = 0): number {
    return this.integers(field).at(-1) ?? otherwise;
  }

  /** Numbers of 4 or 8 bytes, one by one or packed. @throws DataError where a list ends within one */
  floats(field: number, size: 4 | 8 = 4): number[] {
    return this.bytes(field).flatMap((bytes, index) => {
      if (bytes.length % size !== 0) {
        const { offset } = this.all(field)[index]!;
        throw this.fault(
          "has a list that ends within a number",
          offset,
          `${bytes.length} bytes`,
          `a multiple of ${size}`,
        );
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return Array.from({ length: bytes.length / size }, (_, at) =>
        size === 4 ? view.getFloat32(4 * at, true) : view.getFloat64(8 * at, true),
      );
    });
  }

  messages(field: number): Message[] {
    const fields = this.all(field);
    return this.bytes(field).map((bytes, index) => new Message(bytes, fields[index]!.start, this.fault));
  }
}
