// Memory of the addon, held by the backend. What a running program may still touch is freed when it has ended.
import { constants } from "node:buffer";
import { totalmem } from "node:os";
import type { BackendBuffer } from "tatamijs/backend";
import { BackendError } from "tatamijs/shape";
import type { Addon } from "./addon.ts";

export class NativeBuffer implements BackendBuffer {
  readonly bytes: number;
  readonly address: number;
  /** empty once it is freed */
  readonly memory: ArrayBuffer;
  readonly floats: Float32Array;
  readonly ints: Int32Array;

  constructor(memory: ArrayBuffer, address: number) {
    this.bytes = memory.byteLength;
    this.address = address;
    this.memory = memory;
    this.floats = new Float32Array(memory, 0, Math.floor(memory.byteLength / 4));
    this.ints = new Int32Array(memory, 0, this.floats.length);
  }
}

/** Bytes this process may use: the machine's memory, or less where a container says so. */
function available(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export class NativeMemory {
  readonly #addon: Addon;
  readonly #limit: number;
  readonly #freed: NativeBuffer[] = [];
  #used = 0;
  #running = 0;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#limit = available();
  }

  /** @throws BackendError with the bytes asked when there are not as many */
  allocate(bytes: number): NativeBuffer {
    const fits = bytes <= constants.MAX_LENGTH && this.#used + bytes <= this.#limit;
    const memory = fits ? this.#addon.allocate(bytes) : null;
    if (memory === null) {
      const most = Math.min(this.#limit, constants.MAX_LENGTH);
      throw new BackendError(
        `native: out of memory, got a request of ${bytes} bytes, ${this.#used} bytes are in use of ${this.#limit}, ` +
          `expected at most ${most} in one buffer`,
        "native",
      );
    }
    this.#used += bytes;
    return new NativeBuffer(memory, this.#addon.address(memory));
  }

  free(buffer: NativeBuffer): void {
    if (this.#running > 0) this.#freed.push(buffer);
    else this.#release(buffer);
  }

  /** Between these two calls nothing is freed. */
  beginRun(): void {
    this.#running++;
  }

  endRun(): void {
    this.#running--;
    if (this.#running > 0) return;
    for (const buffer of this.#freed) this.#release(buffer);
    this.#freed.length = 0;
  }

  #release(buffer: NativeBuffer): void {
    if (buffer.memory.byteLength > 0) this.#used -= buffer.bytes;
    this.#addon.release(buffer.memory);
  }
}
