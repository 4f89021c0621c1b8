// The reference backend: plain TypeScript on one thread, slow and readable. It is what the other backends are held
// against, so it computes in double precision and rounds to float32 where a kernel stores.
import { type FieldKind, isBufferKind, kernelTable } from "../../program/kernel-table.ts";
import { callsOf } from "../../program/phases.ts";
import type { PlacedCall, PlacedRef, Program } from "../../program/program.ts";
import { BackendError } from "../../shape/errors.ts";
import type { Backend, BackendBuffer, Executable } from "../backend.ts";
import { kernels } from "./kernels.ts";

const name = "reference";

function allocateWords(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new BackendError(`allocate: out of memory, got a request for ${bytes} bytes`, name, { cause });
  }
}

class ReferenceBuffer implements BackendBuffer {
  readonly bytes: number;
  readonly words: ArrayBuffer;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.words = allocateWords(bytes);
  }
}

class ReferenceExecutable implements Executable {
  #memories: readonly ArrayBuffer[];
  #arena: ArrayBuffer;
  #steps: readonly (() => unknown)[];
  #outputs: readonly Float32Array[];

  constructor(program: Program, externals: readonly ArrayBuffer[]) {
    this.#memories = externals;
    this.#arena = allocateWords(program.arenaBytes);
    this.#steps = callsOf(program).map((call) => this.#bind(call));
    this.#outputs = program.outputs.map((ref) => this.#floats(ref));
  }

  run(): number {
    for (let index = 0; index < this.#steps.length; index++) {
      const guard = this.#steps[index]();
      if (typeof guard === "number" && guard >= 0) return guard;
    }
    return -1;
  }

  output(index: number): Float32Array {
    return this.#outputs[index];
  }

  dispose(): void {
    this.#memories = [];
    this.#arena = new ArrayBuffer(0);
    this.#steps = [];
    this.#outputs = [];
  }

  /** The call with its buffers resolved, ready to run. */
  #bind(call: PlacedCall): () => unknown {
    const kinds: Record<string, FieldKind> = kernelTable[call.kernel];
    const resolved = Object.entries(call.arguments).map(([field, value]) => [
      field,
      this.#resolve(kinds[field], value),
    ]);
    // the table ties a kernel's name to its fields, which the type of a union of calls cannot follow
    const kernel = kernels[call.kernel] as (call: unknown) => unknown;
    const bound: unknown = Object.fromEntries(resolved);
    return () => kernel(bound);
  }

  #resolve(kind: FieldKind, value: unknown): unknown {
    if (kind === "ins" || kind === "outs") return (value as PlacedRef[]).map((ref) => this.#floats(ref));
    if (!isBufferKind(kind) || value === null) return value;
    return kind.includes(":") ? this.#ints(value as PlacedRef) : this.#floats(value as PlacedRef);
  }

  #floats(ref: PlacedRef): Float32Array {
    return new Float32Array(...this.#place(ref));
  }

  #ints(ref: PlacedRef): Int32Array {
    return new Int32Array(...this.#place(ref));
  }

  #place(ref: PlacedRef): [memory: ArrayBuffer, offset: number, words: number] {
    if (ref.space === "arena") return [this.#arena, ref.offset, ref.bytes / 4];
    return [this.#memories[ref.index], ref.offset, ref.bytes / 4];
  }
}

export class ReferenceBackend implements Backend {
  readonly name = name;
  readonly threads = 1;

  allocate(bytes: number): BackendBuffer {
    return new ReferenceBuffer(bytes);
  }

  /** Nothing to do: the garbage collector takes a buffer that nobody holds. */
  free(_buffer: BackendBuffer): void {}

  floats(buffer: BackendBuffer): Float32Array {
    return new Float32Array((buffer as ReferenceBuffer).words);
  }

  ints(buffer: BackendBuffer): Int32Array {
    return new Int32Array((buffer as ReferenceBuffer).words);
  }

  load(program: Program, externals: readonly BackendBuffer[]): Executable {
    return new ReferenceExecutable(
      program,
      externals.map((buffer) => (buffer as ReferenceBuffer).words),
    );
  }
}
