// Thrift's compact protocol, as Parquet's footers and page headers are written in it: fields that are asked for are handed
// over, the rest is passed over without memory. Every length is checked against the bytes that are there.
import type { ParquetFault } from "./fault.ts";

/** Of fields: what is wanted of a struct, by field number. */
export type ThriftFields = Readonly<Record<number, (type: number) => void>>;

const types = { true: 1, false: 2, byte: 3, i64: 6, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 };

/** Parquet's own go 6 deep. */
const deepest = 24;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #fault: ParquetFault;
  #at = 0;
  #depth = 0;

  /** @param base offset of the bytes in the file, for messages */
  constructor(bytes: Uint8Array, base: number, fault: ParquetFault) {
    this.#bytes = bytes;
    this.#base = base;
    this.#fault = fault;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#at;
  }

  #damaged(got: string, expected: string): Error {
    return this.#fault("has damaged metadata", `${got} at offset ${this.#base + this.#at}`, expected);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#damaged("its end", "more metadata");
    this.#at++;
    return byte;
  }

  /** Inexact beyond 2⁵³: who needs such a number asks whether it is safe. */
  #varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.#damaged("a number of more than 10 bytes", "at most 10");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #length(unit: string): number {
    const length = this.#varint();
    const left = this.#bytes.length - this.#at;
    if (length > left) throw this.#damaged(`${length} ${unit}`, `at most the ${left} bytes that are left`);
    return length;
  }

  #nested(read: () => void): void {
    if (++this.#depth > deepest) throw this.#damaged("structures in structures", `at most ${deepest} deep`);
    read();
    this.#depth--;
  }

  #expect(type: number, wanted: number): void {
    if (type !== wanted) throw this.#damaged(`a field of type ${type}`, `type ${wanted}`);
  }

  integer(type: number): number {
    if (type === types.byte) return (this.#byte() << 24) >> 24;
    if (type < types.byte || type > types.i64) throw this.#damaged(`a field of type ${type}`, "an integer");
    return this.#zigzag();
  }

  boolean(type: number): boolean {
    if (type !== types.true) this.#expect(type, types.false);
    return type === types.true;
  }

  /** A view. */
  binary(type: number): Uint8Array {
    this.#expect(type, types.binary);
    const length = this.#length("bytes");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(type: number): string {
    return new TextDecoder().decode(this.binary(type));
  }

  list(type: number, element: (type: number) => void): void {
    this.#expect(type, types.list);
    this.#elements(element);
  }

  #elements(element: (type: number) => void): void {
    const head = this.#byte();
    const kind = head & 15;
    const left = this.#bytes.length - this.#at;
    // every element takes a byte at least
    const count = head >> 4 === 15 ? this.#length("elements") : head >> 4;
    if (count > left) throw this.#damaged(`${count} elements`, `at most the ${left} bytes that are left`);
    this.#nested(() => {
      for (let index = 0; index < count; index++) element(kind);
    });
  }

  /** The whole of a struct, from its first field on; `type` where it is itself a field. */
  struct(fields: ThriftFields, type = types.struct): void {
    this.#expect(type, types.struct);
    this.#nested(() => {
      for (let field = 0; ; ) {
        const head = this.#byte();
        if (head === 0) return;
        field = head >> 4 === 0 ? this.#zigzag() : field + (head >> 4);
        const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (read === undefined) this.#skip(head & 15);
        else read(head & 15);
      }
    });
  }

  #skip(type: number): void {
    if (type === types.true || type === types.false) return;
    if (type >= types.byte && type <= types.i64) this.integer(type);
    else if (type === types.double) for (let count = 0; count < 8; count++) this.#byte();
    else if (type === types.binary) this.binary(type);
    else if (type === types.struct) this.struct({});
    else if (type === types.list || type === types.set) {
      // in lists booleans take a byte
      this.#elements((kind) => (kind === types.true || kind === types.false ? void this.#byte() : this.#skip(kind)));
    } else throw this.#damaged(`a field of type ${type}`, "one of Parquet's types");
  }
}
