// The WebAssembly backend: the C kernels in one linear memory, on one thread. A program is written into that memory once;
// running it is one call into the module.
import type { PlacedRef, Program } from "../../program/program.ts";
import { BackendError } from "../../shape/errors.ts";
import type { Backend, BackendBuffer, Executable } from "../backend.ts";
import { relocate, serialize } from "../serialize.ts";
import { Allocator } from "./allocator.ts";
import { type Kernels, loadKernels, type WasmOptions } from "./module.ts";

const name = "wasm";
const pageBytes = 65536;
/** the memory grows by this much at least */
const growthPages = 64;
/** of one iteration of tatami_peak: 12 vectors of 4, multiplied and added */
const peakFlop = 96;

/** The kernels' memory: who holds which bytes of it, and views that outlive its growth. */
class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocator: Allocator;

  constructor({ memory, heapBase }: Kernels) {
    this.#memory = memory;
    this.#allocator = new Allocator(heapBase, (end) => this.#growTo(end));
  }

  allocate(bytes: number): MemoryBuffer {
    try {
      return new MemoryBuffer(this.#memory, this.#allocator.allocate(bytes), bytes);
    } catch (cause) {
      const used = this.#allocator.used;
      throw new BackendError(
        `wasm: out of memory, got a request of ${bytes} bytes, ${used} bytes are in use of at most 4 GiB`,
        name,
        { cause },
      );
    }
  }

  free(buffer: MemoryBuffer): void {
    this.#allocator.free(buffer.address);
  }

  #growTo(end: number): number {
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / pageBytes);
    if (missing > 0) {
      const most = 65536 - this.#memory.buffer.byteLength / pageBytes;
      this.#memory.grow(Math.max(missing, Math.min(growthPages, most)));
    }
    return this.#memory.buffer.byteLength;
  }
}

class MemoryBuffer implements BackendBuffer {
  readonly address: number;
  readonly bytes: number;
  readonly #memory: WebAssembly.Memory;
  #floats: Float32Array | null = null;
  #ints: Int32Array | null = null;

  constructor(memory: WebAssembly.Memory, address: number, bytes: number) {
    this.#memory = memory;
    this.address = address;
    this.bytes = bytes;
  }

  // growing the memory replaces its ArrayBuffer and empties the views of the old one

  get floats(): Float32Array {
    if (this.#floats?.buffer !== this.#memory.buffer) {
      this.#floats = new Float32Array(this.#memory.buffer, this.address, this.bytes / 4);
    }
    return this.#floats;
  }

  get ints(): Int32Array {
    if (this.#ints?.buffer !== this.#memory.buffer) {
      this.#ints = new Int32Array(this.#memory.buffer, this.address, this.bytes / 4);
    }
    return this.#ints;
  }

  /** a piece of this buffer, which it shares */
  slice(offset: number, bytes: number): MemoryBuffer {
    return new MemoryBuffer(this.#memory, this.address + offset, bytes);
  }
}

/** A second buffer; when there is no room for it, the first one goes too. */
function allocateBeside(first: MemoryBuffer, memory: LinearMemory, bytes: number): MemoryBuffer {
  try {
    return memory.allocate(bytes);
  } catch (error) {
    memory.free(first);
    throw error;
  }
}

class WasmExecutable implements Executable {
  readonly #run: Kernels["run"];
  readonly #memory: LinearMemory;
  readonly #outputs: readonly MemoryBuffer[];
  /** arena and serialized program */
  #owned: readonly MemoryBuffer[];
  readonly #program: number;

  constructor(kernels: Kernels, memory: LinearMemory, program: Program, externals: readonly MemoryBuffer[]) {
    const arena = memory.allocate(program.arenaBytes);
    const bufferOf = (ref: PlacedRef): MemoryBuffer =>
      (ref.space === "arena" ? arena : externals[ref.index]).slice(ref.offset, ref.bytes);
    const serialized = serialize(program, 1, (ref) => bufferOf(ref).address, 4);
    const words = allocateBeside(arena, memory, serialized.words.byteLength);
    relocate(serialized, words.address);
    words.ints.set(serialized.words);

    this.#run = kernels.run;
    this.#memory = memory;
    this.#outputs = program.outputs.map(bufferOf);
    this.#owned = [arena, words];
    this.#program = words.address;
  }

  run(): number {
    return this.#run(this.#program);
  }

  output(index: number): Float32Array {
    return this.#outputs[index].floats;
  }

  dispose(): void {
    for (const buffer of this.#owned) this.#memory.free(buffer);
    this.#owned = [];
  }
}

export class WasmBackend implements Backend {
  readonly name = name;
  readonly threads = 1;
  readonly #kernels: Kernels;
  readonly #memory: LinearMemory;

  private constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#memory = new LinearMemory(kernels);
  }

  /** @throws BackendError without WebAssembly SIMD, and when the kernels are missing, damaged or something else */
  static async create(options: WasmOptions = {}): Promise<WasmBackend> {
    return new WasmBackend(await loadKernels(options));
  }

  allocate(bytes: number): BackendBuffer {
    return this.#memory.allocate(bytes);
  }

  free(buffer: BackendBuffer): void {
    this.#memory.free(buffer as MemoryBuffer);
  }

  floats(buffer: BackendBuffer): Float32Array {
    return (buffer as MemoryBuffer).floats;
  }

  ints(buffer: BackendBuffer): Int32Array {
    return (buffer as MemoryBuffer).ints;
  }

  load(program: Program, externals: readonly BackendBuffer[]): Executable {
    return new WasmExecutable(this.#kernels, this.#memory, program, externals as readonly MemoryBuffer[]);
  }

  peak(): number {
    const iterations = 200_000;
    const seconds = Array.from({ length: 10 }, () => {
      const start = performance.now();
      this.#kernels.peak(iterations);
      return (performance.now() - start) / 1000;
    });
    return (iterations * peakFlop) / Math.min(...seconds);
  }
}
