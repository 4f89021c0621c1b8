// The kernels' one linear memory: buffers in it, and views of them that outlive its growth. What lies in them is others'
// business.
import { BackendError } from "../../shape/errors.ts";
import type { BackendBuffer } from "../backend.ts";
import { Allocator } from "./allocator.ts";
import type { Kernels } from "./module.ts";

const name = "wasm";
const pageBytes = 65536;
/** the memory grows by this much at least */
const growthPages = 64;

/** The kernels' memory: who holds which bytes of it, and views that outlive its growth. */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocator: Allocator;

  constructor({ memory, heapBase }: Pick<Kernels, "memory" | "heapBase">) {
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

export class MemoryBuffer implements BackendBuffer {
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
