// A Program as the words `tatami_run` reads: the calls, then each call's argument struct and lists. Generic over the
// kernel table and the size of a pointer; the layout of a struct is that of kernels/generate-header.mjs: first the
// pointers, then the 4-byte fields, both in the table's order, a list being a pointer and, among the 4-byte fields, its
// length.
import { type FieldKind, isBufferKind, kernelNames, kernelTable } from "../program/kernel-table.ts";
import type { BufferRef, KernelCall, Program } from "../program/program.ts";

/** of WebAssembly, of 64-bit machines */
export type PointerBytes = 4 | 8;

export interface SerializedProgram {
  /** the calls come first: the kernel's number and a pointer to its arguments, each as wide as a pointer */
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
  readonly #addressOf: (ref: BufferRef) => number;

  constructor(addressOf: (ref: BufferRef) => number, pointerBytes: PointerBytes) {
    this.#addressOf = addressOf;
    this.#pointerWords = pointerBytes / wordBytes;
  }

  writeCall(kernel: number): void {
    this.words.push(kernel);
    this.#align();
    this.#writePointer(0);
  }

  /** Makes the pointer at word `index` point at what is written next. */
  pointHere(index: number): void {
    this.#align();
    this.words[index] = this.words.length * wordBytes;
    this.relative.push(index);
  }

  writeArguments(call: KernelCall): void {
    const values = Object.entries(kernelTable[call.kernel]).map(([field, kind]: [string, FieldKind]) => ({
      kind,
      value: (call.arguments as Record<string, unknown>)[field],
    }));
    const lists: { index: number; kind: FieldKind; items: readonly unknown[] }[] = [];
    for (const { kind, value } of values) {
      if (isBufferKind(kind)) {
        this.#writePointer(value === null ? 0 : this.#addressOf(value as BufferRef));
      } else if (kind !== "int" && kind !== "float") {
        lists.push({ index: this.words.length, kind, items: value as readonly unknown[] });
        this.#writePointer(0);
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
    else for (const ref of items) this.#writePointer(this.#addressOf(ref as BufferRef));
  }

  #writePointer(address: number): void {
    this.words.push(address);
    if (this.#pointerWords === 2) this.words.push(Math.floor(address / 2 ** 32));
  }

  #align(): void {
    while (this.words.length % this.#pointerWords !== 0) this.words.push(0);
  }
}

/** @param addressOf where a buffer lies in the backend's memory, in bytes */
export function serialize(
  program: Program,
  addressOf: (ref: BufferRef) => number,
  pointerBytes: PointerBytes,
): SerializedProgram {
  const writer = new Writer(addressOf, pointerBytes);
  for (const { kernel } of program.calls) writer.writeCall(kernelNames.indexOf(kernel));
  const pointerWords = pointerBytes / wordBytes;
  program.calls.forEach((call, index) => {
    writer.pointHere((2 * index + 1) * pointerWords);
    writer.writeArguments(call);
  });
  return { words: Int32Array.from(writer.words), relative: writer.relative, pointerBytes };
}

/** Adds the address at which the words will lie to the pointers among them; once. */
export function relocate({ words, relative, pointerBytes }: SerializedProgram, address: number): void {
  for (const index of relative) {
    const pointer = words[index] + address;
    words[index] = pointer;
    if (pointerBytes === 8) words[index + 1] = Math.floor(pointer / 2 ** 32);
  }
}
