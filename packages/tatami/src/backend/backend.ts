// What a backend is: memory that can be viewed, and programs that run on it. An interface only; implementations stand
// in the folders beside it and never import this library's ops or graph.

import type { Program } from "../program/program.ts";
import type { TypedArray } from "../shape/dtype.ts";

/** A piece of a backend's memory. Opaque to everyone else. */
export interface BackendBuffer {
  readonly bytes: number;
}

export interface Executable {
  /**
   * Runs the whole program: one call, nothing allocated.
   * @returns -1 when it ran to its end, or the number of the guard that stopped it
   */
  run(): number | Promise<number>;
  /** The words of output `index` as they lie in memory, valid until the next run or allocation. */
  output(index: number): Float32Array;
  /** Frees the arena; the bound buffers stay. */
  dispose(): void;
}

export interface Backend {
  readonly name: string;
  readonly threads: number;
  /** @throws BackendError with the bytes asked when memory runs out */
  allocate(bytes: number): BackendBuffer;
  /** Gives a buffer's memory back. */
  free(buffer: BackendBuffer): void;
  /** The buffer's words, to read and to write, valid until the next allocation. */
  floats(buffer: BackendBuffer): Float32Array;
  /** The same words as int32. */
  ints(buffer: BackendBuffer): Int32Array;
  /** Prepares `program` with its external buffers, in order. */
  load(program: Program, externals: readonly BackendBuffer[]): Executable;
  /**
   * FLOP a second of multiply-adds in registers on one core, the best of a few short measurements: what its kernels are
   * held against. Only where kernels are compiled.
   */
  peak?(): number;
}

/** Copies host values into a buffer. */
export function upload(backend: Backend, buffer: BackendBuffer, values: TypedArray): void {
  if (values instanceof Float32Array) backend.floats(buffer).set(values);
  else backend.ints(buffer).set(values);
}
