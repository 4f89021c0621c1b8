// The WebAssembly backend: the C kernels in one linear memory, on one thread or, with workers, on several. A program is
// written into that memory once; running it is one call into the module.
import type { PlacedRef, Program } from "../../program/program.ts";
import { BackendError } from "../../shape/errors.ts";
import type { Backend, BackendBuffer, Executable } from "../backend.ts";
import { relocate, serialize } from "../serialize.ts";
import { availableThreads, threadsOption } from "../threads.ts";
import { LinearMemory, type MemoryBuffer } from "./memory.ts";
import {
  inThisFolder,
  isForThreads,
  type Kernels,
  loadKernels,
  loadModule,
  loadSharedKernels,
  type WasmOptions,
} from "./module.ts";
import { canShareMemory, maySleep, startWorkers } from "./workers.ts";

const name = "wasm";
/** of one iteration of tatami_peak: 12 vectors of 4, multiplied and added */
const peakFlop = 96;

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
  readonly #threads: number;
  readonly #memory: LinearMemory;
  readonly #outputs: readonly MemoryBuffer[];
  /** arena and serialized program */
  #owned: readonly MemoryBuffer[];
  readonly #program: number;

  constructor({ kernels, memory, threads }: Machine, program: Program, externals: readonly MemoryBuffer[]) {
    const arena = memory.allocate(program.arenaBytes);
    const bufferOf = (ref: PlacedRef): MemoryBuffer =>
      (ref.space === "arena" ? arena : externals[ref.index]).slice(ref.offset, ref.bytes);
    const serialized = serialize(program, threads, (ref) => bufferOf(ref).address, 4);
    const words = allocateBeside(arena, memory, serialized.words.byteLength);
    relocate(serialized, words.address);
    words.ints.set(serialized.words);

    this.#run = kernels.run;
    this.#threads = threads;
    this.#memory = memory;
    this.#outputs = program.outputs.map(bufferOf);
    this.#owned = [arena, words];
    this.#program = words.address;
  }

  run(): number {
    return this.#run(this.#program, this.#threads);
  }

  output(index: number): Float32Array {
    return this.#outputs[index].floats;
  }

  dispose(): void {
    for (const buffer of this.#owned) this.#memory.free(buffer);
    this.#owned = [];
  }
}

/** What executables share. */
interface Machine {
  readonly kernels: Kernels;
  /** as long as this is held, so are the workers */
  readonly memory: LinearMemory;
  readonly threads: number;
}

async function machineForOne(module: WebAssembly.Module): Promise<Machine> {
  const kernels = await loadKernels(module);
  return { kernels, memory: new LinearMemory(kernels), threads: 1 };
}

async function machineFor(module: WebAssembly.Module, threads: number, worker?: URL): Promise<Machine> {
  const kernels = await loadSharedKernels(module);
  const memory = new LinearMemory(kernels);
  kernels.setVariables(memory.allocate(kernels.variablesBytes).address);
  kernels.setRules(availableThreads(), Number(maySleep()));
  const workers = await startWorkers(kernels, memory, threads - 1, worker);
  return { kernels, memory, threads: 1 + workers };
}

async function createMachine(options: WasmOptions): Promise<Machine> {
  const threads = threadsOption(options.threads ?? availableThreads(), name);
  const folderWorker = inThisFolder(options.url, "worker.js");
  const worker = options.worker === undefined ? folderWorker : new URL(options.worker, import.meta.url);
  if (options.module !== undefined || (options.url !== undefined && folderWorker === undefined)) {
    const module = await loadModule(options, false);
    if (!isForThreads(module)) return machineForOne(module);
    if (canShareMemory()) return machineFor(module, threads, worker);
    throw new BackendError(
      "wasm: memory cannot be shared here, got tatami-threads.wasm, expected tatami.wasm, or a page that is cross-origin isolated",
      name,
    );
  }
  if (threads > 1 && canShareMemory()) {
    try {
      const machine = await machineFor(await loadModule(options, true), threads, worker);
      if (machine.threads > 1) return machine;
    } catch {
      // what one thread needs may be there all the same, and if not, says so better
    }
  }
  return machineForOne(await loadModule(options, false));
}

export class WasmBackend implements Backend {
  readonly name = name;
  /** how many run a program: those asked for, or fewer where the system refuses to start them */
  readonly threads: number;
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.threads = machine.threads;
    this.#machine = machine;
  }

  /**
   * @throws BackendError without WebAssembly SIMD, when the kernels are missing, damaged or something else, and for a
   * number of threads out of range
   */
  static async create(options: WasmOptions = {}): Promise<WasmBackend> {
    return new WasmBackend(await createMachine(options));
  }

  allocate(bytes: number): BackendBuffer {
    return this.#machine.memory.allocate(bytes);
  }

  free(buffer: BackendBuffer): void {
    this.#machine.memory.free(buffer as MemoryBuffer);
  }

  floats(buffer: BackendBuffer): Float32Array {
    return (buffer as MemoryBuffer).floats;
  }

  ints(buffer: BackendBuffer): Int32Array {
    return (buffer as MemoryBuffer).ints;
  }

  load(program: Program, externals: readonly BackendBuffer[]): Executable {
    return new WasmExecutable(this.#machine, program, externals as readonly MemoryBuffer[]);
  }

  peak(): number {
    const iterations = 200_000;
    const seconds = Array.from({ length: 10 }, () => {
      const start = performance.now();
      this.#machine.kernels.peak(iterations);
      return (performance.now() - start) / 1000;
    });
    return (iterations * peakFlop) / Math.min(...seconds);
  }
}
