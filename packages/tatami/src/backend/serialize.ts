// A Program as the words `tatami_run` reads: a header, the calls phase by phase and lane by lane, then each call's argument
// struct and lists. Generic over the kernel table and the size of a pointer; the layout of a struct is that of
// kernels/generate-header.mjs: first the pointers, then the 4-byte fields, both in the table's order, a list being a
// pointer and, among the 4-byte fields, its length.
import { type FieldKind, isBufferKind, kernelNames, kernelTable } from "../program/kernel-table.ts";
import { phasesOf } from "../program/phases.ts";
import type { PlacedCall, PlacedRef, Program } from "../program/program.ts";

/** of WebAssembly, of 64-bit machines */
export type PointerBytes = 4 | 8;

export interface SerializedProgram {
  /** `tatami_program` of kernels/run.h and all that it points at */
  readonly words: Int32Array;
  /** indices of pointers into `words`, in bytes from its start: see `relocate` */
  readonly relative: readonly number[];
  readonly pointerBytes: PointerBytes;
}

const wordBytes = 4;
const bits = new DataView(new ArrayBuffer(wordBytes));

function bitsOf(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

class Writer {
  readonly words: number[] = [];
  readonly relative: number[] = [];
  readonly #pointerWords: number;
  readonly #addressOf: (ref: PlacedRef) => number;

  constructor(addressOf: (ref: PlacedRef) => number, pointerBytes: PointerBytes) {
    this.#addressOf = addressOf;
    this.#pointerWords = pointerBytes / wordBytes;
  }

  /** A pointer that `pointHere` sets later; returns its index. */
  writePointer(): number {
    this.#writeAddress(0);
    return this.words.length - this.#pointerWords;
  }

  writeInt(value: number): void {
    this.words.push(value);
  }

  /** A call of `tatami_call`; returns the index of the pointer to its arguments. */
  writeCall(kernel: number): number {
    this.words.push(kernel);
    this.#align();
    return this.writePointer();
  }

  /** Makes the pointer at word `index` point at what is written next. */
  pointHere(index: number): void {
    this.#align();
    this.words[index] = this.words.length * wordBytes;
    this.relative.push(index);
  }

  writeArguments(call: PlacedCall): void {
    const values = Object.entries(kernelTable[call.kernel]).map(([field, kind]: [string, FieldKind]) => ({
      kind,
      value: (call.arguments as Record<string, unknown>)[field],
    }));
    const lists: { index: number; kind: FieldKind; items: readonly unknown[] }[] = [];
    for (const { kind, value } of values) {
      if (isBufferKind(kind)) {
        this.#writeAddress(value === null ? 0 : this.#addressOf(value as PlacedRef));
      } else if (kind !== "int" && kind !== "float") {
        lists.push({ index: this.writePointer(), kind, items: value as readonly unknown[] });
      }
    }
    let list = 0;
    for (const { kind, value } of values) {
      if (kind === "int") this.words.push(value as number);
      else if (kind === "float") this.words.push(bitsOf(value as number));
      else if (!isBufferKind(kind)) this.words.push(lists[list++].items.length);
    }
    for (const { index, kind, items } of lists) {
      this.pointHere(index);
      this.#writeItems(kind, items);
    }
  }

  #writeItems(kind: FieldKind, items: readonly unknown[]): void {
    if (kind === "ints") this.words.push(...(items as readonly number[]));
    else if (kind === "floats") this.words.push(...(items as readonly number[]).map(bitsOf));
    else for (const ref of items) this.#writeAddress(this.#addressOf(ref as PlacedRef));
  }

  #writeAddress(address: number): void {
    this.words.push(address);
    if (this.#pointerWords === 2) this.words.push(Math.floor(address / 2 ** 32));
  }

  #align(): void {
    while (this.words.length % this.#pointerWords !== 0) this.words.push(0);
  }
}

/**
 * @param threads that will run it
 * @param addressOf where a buffer lies in the backend's memory, in bytes
 */
export function serialize(
  program: Program,
  threads: number,
  addressOf: (ref: PlacedRef) => number,
  pointerBytes: PointerBytes,
): SerializedProgram {
  const writer = new Writer(addressOf, pointerBytes);
  const phases = phasesOf(program, threads).map(({ lanes }) => lanes);
  const lanes = phases.flat();
  const calls = lanes.flat();

  const header = [writer.writePointer(), writer.writePointer(), writer.writePointer()];
  writer.writeInt(phases.length);
  writer.pointHere(header[0]);
  const callArguments = calls.map(({ kernel }) => writer.writeCall(kernelNames.indexOf(kernel)));
  writer.pointHere(header[1]);
  for (const end of ends(lanes)) writer.writeInt(end);
  writer.pointHere(header[2]);
  for (const end of ends(phases)) writer.writeInt(end);
  calls.forEach((call, index) => {
    writer.pointHere(callArguments[index]);
    writer.writeArguments(call);
  });
  return { words: Int32Array.from(writer.words), relative: writer.relative, pointerBytes };
}

/** Where each list ends when they lie one after the other. */
function ends(lists: readonly (readonly unknown[])[]): number[] {
  let end = 0;
  return lists.map(({ length }) => {
    end += length;
    return end;
  });
}

/** Adds the address at which the words will lie to the pointers among them; once. */
export function relocate({ words, relative, pointerBytes }: SerializedProgram, address: number): void {
  for (const index of relative) {
    const pointer = words[index] + address;
    words[index] = pointer;
    if (pointerBytes === 8) words[index + 1] = Math.floor(pointer / 2 ** 32);
  }
}
