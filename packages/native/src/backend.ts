// The native backend: the C kernels compiled for this processor. A program is written into memory once; running it is one
// call into the addon, which runs it at once where it is short and beside the event loop where it is long.
import {
  availableThreads,
  type Backend,
  type BackendBuffer,
  type Executable,
  relocate,
  serialize,
  threadsOption,
} from "tatamijs/backend";
import type { PlacedRef, Program } from "tatamijs/program";
import { BackendError } from "tatamijs/shape";
import { type Addon, loadAddon, takesLong } from "./addon.ts";
import { type NativeBuffer, NativeMemory } from "./memory.ts";

export interface NativeOptions {
  /** instruction set, one of what this processor has; default: the environment's TATAMI_ISA, else the fastest */
  isa?: string | undefined;
  /** the addon; default: where the build or the platform's package puts it */
  file?: string | undefined;
  /**
   * milliseconds: a program whose last run took longer, or that has not run yet, runs beside the event loop, which costs
   * .1 ms and a promise; default 10
   */
  longest?: number | undefined;
  /** whole number in [1, 256]; default: availableThreads(). Results are the same, to the bit, whatever it is */
  threads?: number | undefined;
}

/** Runs beside the event loop go one after another: programs share buffers. */
class RunQueue {
  readonly #addon: Addon;
  readonly #memory: NativeMemory;
  /** from the running one on; what it holds is not collected before it has ended */
  readonly #waiting: NativeExecutable[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(addon: Addon, memory: NativeMemory) {
    this.#addon = addon;
    this.#memory = memory;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  run(executable: NativeExecutable): Promise<number> {
    const start = (): Promise<number> => this.#addon.start(executable.program);
    const run = this.isEmpty ? start() : this.#last.then(start);
    this.#waiting.push(executable);
    this.#memory.beginRun();
    const ended = run.finally(() => {
      this.#waiting.shift();
      this.#memory.endRun();
    });
    this.#last = ended;
    return ended;
  }

  /** Calls `action` when no run is left that was asked for before. */
  whenEmpty(action: () => void): void {
    if (this.isEmpty) action();
    else this.#last.then(action);
  }
}

/** A second buffer; when there is no room for it, the first one goes too. */
function allocateBeside(first: NativeBuffer, memory: NativeMemory, bytes: number): NativeBuffer {
  try {
    return memory.allocate(bytes);
  } catch (error) {
    memory.free(first);
    throw error;
  }
}

class NativeExecutable implements Executable {
  readonly #addon: Addon;
  readonly #queue: RunQueue;
  readonly #memory: NativeMemory;
  /** the addon's number for it */
  readonly program: number;
  /** what it is bound to, held so that it is not collected */
  readonly externals: readonly NativeBuffer[];
  readonly #outputs: readonly Float32Array[];
  /** arena and serialized program */
  readonly #owned: readonly NativeBuffer[];
  #disposed = false;

  constructor(
    { addon, memory, queue, variant, longest, threads }: Machine,
    program: Program,
    externals: readonly NativeBuffer[],
  ) {
    const arena = memory.allocate(program.arenaBytes);
    const bufferOf = (ref: PlacedRef): NativeBuffer => (ref.space === "arena" ? arena : externals[ref.index]);
    const addressOf = (ref: PlacedRef): number => bufferOf(ref).address + ref.offset;
    const serialized = serialize(program, threads, addressOf, 8);
    const words = allocateBeside(arena, memory, serialized.words.byteLength);
    relocate(serialized, words.address);
    words.ints.set(serialized.words);

    this.#addon = addon;
    this.#memory = memory;
    this.#queue = queue;
    this.program = addon.load(words.memory, variant, longest, threads);
    this.#outputs = program.outputs.map((ref) => new Float32Array(bufferOf(ref).memory, ref.offset, ref.bytes / 4));
    this.externals = externals;
    this.#owned = [arena, words];
  }

  run(): number | Promise<number> {
    if (this.#disposed) throw new BackendError("native: run of a program that is disposed", "native");
    if (this.#queue.isEmpty) {
      const result = this.#addon.run(this.program);
      if (result !== takesLong) return result;
    }
    return this.#queue.run(this);
  }

  output(index: number): Float32Array {
    return this.#outputs[index];
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#queue.whenEmpty(() => this.#addon.unload(this.program));
    for (const buffer of this.#owned) this.#memory.free(buffer);
  }
}

/** What executables share. */
interface Machine {
  readonly addon: Addon;
  readonly memory: NativeMemory;
  readonly queue: RunQueue;
  readonly variant: number;
  readonly longest: number;
  readonly threads: number;
}

export class NativeBackend implements Backend {
  readonly name = "native";
  /** how many run a program: those asked for, or fewer where the system refuses to start them */
  readonly threads: number;
  /** the instruction set the kernels were compiled for */
  readonly isa: string;
  /** the addon's file */
  readonly file: string;
  readonly #machine: Machine;

  private constructor(options: NativeOptions) {
    const { isa = process.env.TATAMI_ISA, file, longest = 10, threads: wanted } = options;
    const cores = availableThreads();
    const threads = threadsOption(wanted ?? cores, "native");
    const { addon, file: found } = loadAddon(file);
    const variants = addon.variants();
    const variant = isa === undefined || isa === "" ? 0 : variants.indexOf(isa);
    if (variant === -1) {
      const known = variants.join(", ");
      throw new BackendError(
        `native: this processor lacks the instruction set, got ${isa}, expected ${known}`,
        "native",
      );
    }
    const memory = new NativeMemory(addon);
    this.isa = variants[variant];
    this.threads = addon.threads(threads, cores);
    this.file = found;
    this.#machine = { addon, memory, queue: new RunQueue(addon, memory), variant, longest, threads: this.threads };
  }

  /**
   * @throws BackendError when the addon is missing or does not run here, for an instruction set that is not here and for a
   * number of threads out of range
   */
  static create(options: NativeOptions = {}): NativeBackend {
    return new NativeBackend(options);
  }

  allocate(bytes: number): BackendBuffer {
    return this.#machine.memory.allocate(bytes);
  }

  free(buffer: BackendBuffer): void {
    this.#machine.memory.free(buffer as NativeBuffer);
  }

  floats(buffer: BackendBuffer): Float32Array {
    return (buffer as NativeBuffer).floats;
  }

  ints(buffer: BackendBuffer): Int32Array {
    return (buffer as NativeBuffer).ints;
  }

  load(program: Program, externals: readonly BackendBuffer[]): Executable {
    return new NativeExecutable(this.#machine, program, externals as readonly NativeBuffer[]);
  }

  peak(): number {
    const { addon, variant } = this.#machine;
    let best = 0;
    for (let i = 0; i < 10; i++) best = Math.max(best, addon.peak(variant, 400_000));
    return best;
  }
}
