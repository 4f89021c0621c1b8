// A Program as the words `tatami_run` reads: the calls, then each call's argument struct and lists. Generic over the
// kernel table; the layout of a struct is that of kernels/generate-header.mjs: first the pointers, then the 4-byte fields,
// both in the table's order, a list being a pointer and, among the 4-byte fields, its length.
import { type FieldKind, isBufferKind, kernelNames, kernelTable } from "../../program/kernel-table.ts";
import type { BufferRef, KernelCall, Program } from "../../program/program.ts";

export interface SerializedProgram {
  /** the calls come first, two words each: the kernel's number and a pointer to its arguments */
  readonly words: Int32Array;
  /** indices of words that point into `words`, in bytes from its start: the address of `words` is still to be added */
  readonly relative: readonly number[];
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
  readonly #addressOf: (ref: BufferRef) => number;

  constructor(addressOf: (ref: BufferRef) => number) {
    this.#addressOf = addressOf;
  }

  /** Makes word `index` point at the next word to be written. */
  pointHere(index: number): void {
    this.words[index] = this.words.length * wordBytes;
    this.relative.push(index);
  }

  writeArguments(call: KernelCall): void {
    const values = Object.entries(kernelTable[call.kernel]).map(([field, kind]: [string, FieldKind]) => ({
      kind,
      value: (call.arguments as Record<string, unknown>)[field],
    }));
    const lists: { index: number; words: readonly number[] }[] = [];
    for (const { kind, value } of values) {
      if (isBufferKind(kind)) {
        this.words.push(value === null ? 0 : this.#addressOf(value as BufferRef));
      } else if (kind !== "int" && kind !== "float") {
        lists.push({ index: this.words.length, words: this.#listWords(kind, value) });
        this.words.push(0);
      }
    }
    let list = 0;
    for (const { kind, value } of values) {
      if (kind === "int") this.words.push(value as number);
      else if (kind === "float") this.words.push(bitsOf(value as number));
      else if (!isBufferKind(kind)) this.words.push(lists[list++].words.length);
    }
    for (const { index, words } of lists) {
      this.pointHere(index);
      this.words.push(...words);
    }
  }

  #listWords(kind: FieldKind, value: unknown): readonly number[] {
    if (kind === "ints") return value as readonly number[];
    if (kind === "floats") return (value as readonly number[]).map(bitsOf);
    return (value as readonly BufferRef[]).map(this.#addressOf);
  }
}

/** @param addressOf where a buffer lies in the backend's memory, in bytes */
export function serialize(program: Program, addressOf: (ref: BufferRef) => number): SerializedProgram {
  const writer = new Writer(addressOf);
  for (const { kernel } of program.calls) writer.words.push(kernelNames.indexOf(kernel), 0);
  program.calls.forEach((call, index) => {
    writer.pointHere(2 * index + 1);
    writer.writeArguments(call);
  });
  return { words: Int32Array.from(writer.words), relative: writer.relative };
}
