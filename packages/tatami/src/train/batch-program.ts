// A compiled function of a batch that is given by its places in a data set: one Program for each batch size, and per run
// nothing but the indices to write. Training steps, evaluation and prediction are such functions.
import type { Tensor } from "../graph/tensor.ts";
import { type CompiledFunction, compile, type PreparedFunction } from "../tensor/compiled.ts";

interface SizedProgram {
  readonly prepared: PreparedFunction;
  /** the front of the shared indices */
  readonly indices: Int32Array;
}

export class BatchProgram {
  /** [batchSize], the caller fills the front of it before each run */
  readonly indices: Int32Array;
  readonly #compiled: CompiledFunction;
  readonly #programs: ReadonlyMap<number, SizedProgram>;
  #last: PreparedFunction | null = null;

  private constructor(indices: Int32Array, compiled: CompiledFunction, programs: ReadonlyMap<number, SizedProgram>) {
    this.indices = indices;
    this.#compiled = compiled;
    this.#programs = programs;
  }

  /**
   * Compiles `body` for every size a batch can have.
   * @param batchSizes the full one first
   * @param body takes int32 [B], returns the tensors to read after a run
   */
  static async create(
    batchSizes: readonly [number, ...number[]],
    backend: string,
    body: (indices: Tensor) => readonly Tensor[],
  ): Promise<BatchProgram> {
    const indices = new Int32Array(batchSizes[0]);
    const compiled = compile((places) => body(places!), { backend });
    const programs = new Map<number, SizedProgram>();
    for (const size of batchSizes) {
      const prepared = await compiled.prepare([{ shape: [size], dtype: "int32" }]);
      programs.set(size, { prepared, indices: indices.subarray(0, size) });
    }
    return new BatchProgram(indices, compiled, programs);
  }

  /**
   * Runs on the first `length` of `indices`; allocates nothing on a backend that answers at once.
   * @returns -1, or which guardFinite stopped the run before any assignment
   */
  run(length: number): number | Promise<number> {
    const { prepared, indices } = this.#programs.get(length)!;
    prepared.setInput(0, indices);
    this.#last = prepared;
    return prepared.run();
  }

  /** The words of output `index` of the last run, valid until the next run or allocation. */
  output(index: number): Float32Array {
    return this.#last!.output(index);
  }

  dispose(): void {
    this.#compiled[Symbol.dispose]();
  }
}

/** The sizes of the batches that `count` samples are cut into, the full one first. */
export function batchSizesOf(count: number, batchSize: number): [number, ...number[]] {
  const full = Math.min(count, batchSize);
  const last = count % full;
  return last === 0 ? [full] : [full, last];
}
