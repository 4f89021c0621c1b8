// A compiled graph on a backend: the one place where programs meet storages. Running it is one call into the backend.
import type { Backend, Executable } from "../backend/backend.ts";
import type { CompiledGraph } from "../compile/index.ts";
import type { Storage } from "../graph/storage.ts";
import { type Residence, refresh, residenceOf, written } from "./residence.ts";

export class LoadedProgram {
  readonly compiled: CompiledGraph;
  readonly #executable: Executable;
  readonly #storages: readonly Storage[];
  readonly #residences: readonly Residence[];
  #disposed = false;

  /** @param storages what the program's external buffers are, in its order */
  constructor(compiled: CompiledGraph, backend: Backend, storages: readonly Storage[] = compiled.storages) {
    this.compiled = compiled;
    this.#storages = storages;
    this.#residences = storages.map((storage) => residenceOf(storage, backend));
    this.#executable = backend.load(
      compiled.program,
      this.#residences.map((residence) => residence.buffer),
    );
  }

  /**
   * One run of the whole program. Allocates nothing on a backend that runs at once.
   * @returns -1, or which guard stopped it before any update
   */
  run(): number | Promise<number> {
    for (let index = 0; index < this.#storages.length; index++) {
      refresh(this.#storages[index]!, this.#residences[index]!);
    }
    const stopped = this.#executable.run();
    if (typeof stopped !== "number") return stopped.then((guard) => this.#finish(guard));
    return this.#finish(stopped);
  }

  /** The words of output `index`, valid until the next run or allocation. */
  output(index: number): Float32Array {
    return this.#executable.output(index);
  }

  dispose(): void {
    if (!this.#disposed) this.#executable.dispose();
    this.#disposed = true;
  }

  #finish(stopped: number): number {
    if (stopped >= 0) return stopped;
    for (const index of this.compiled.updated) written(this.#storages[index]!, this.#residences[index]!);
    return -1;
  }
}
