// A function compiled to Programs: traced once for each combination of input shapes, then run by one call. Variables
// that it reads or assigns are shared by all its Programs and updated in place.
import { type CompiledGraph, compileGraph } from "../compile/index.ts";
import { Storage } from "../graph/storage.ts";
import { Tensor } from "../graph/tensor.ts";
import { stored } from "../ops/leaf.ts";
import type { Program } from "../program/program.ts";
import type { TypedArray } from "../shape/dtype.ts";
import type { TensorType } from "../shape/shape.ts";
import { dataOf, flushAssignments, outputStorage } from "./compute.ts";
import { readComputed } from "./computed.ts";
import { backend as loadBackend } from "./device.ts";
import { LoadedProgram } from "./loaded.ts";
import { currentPrecision } from "./precision.ts";
import { setHostValues } from "./residence.ts";
import { record } from "./variable.ts";

export interface CompileOptions {
  /** where the Programs run; default: the backend that is current at the first call */
  backend?: string | undefined;
}

/** One trace of a function, ready to run over and over. */
export class PreparedFunction {
  readonly loaded: LoadedProgram;
  readonly outputTypes: readonly TensorType[];
  readonly #inputs: readonly Storage[];

  constructor(loaded: LoadedProgram, inputs: readonly Storage[], outputTypes: readonly TensorType[]) {
    this.loaded = loaded;
    this.outputTypes = outputTypes;
    this.#inputs = inputs;
  }

  /** What it runs, for `explain`. */
  get program(): Program {
    return this.loaded.compiled.program;
  }

  /** Gives input `index` its values for the runs to come; kept, not copied. */
  setInput(index: number, values: TypedArray): void {
    setHostValues(this.#inputs[index]!, values);
  }

  /** @returns -1, or which guardFinite (in the order of the calls) stopped the run before any assignment */
  run(): number | Promise<number> {
    return this.loaded.run();
  }

  /** The words of output `index`, valid until the next run or allocation. */
  output(index: number): Float32Array {
    return this.loaded.output(index);
  }

  /** Frees the memory of its temporaries now instead of when it is collected. */
  [Symbol.dispose](): void {
    this.loaded.dispose();
  }
}

export class CompiledFunction {
  readonly #body: (...inputs: Tensor[]) => readonly Tensor[];
  readonly #backend: string | undefined;
  readonly #prepared = new Map<string, PreparedFunction>();

  constructor(body: (...inputs: Tensor[]) => readonly Tensor[], options: CompileOptions = {}) {
    this.#body = body;
    this.#backend = options.backend;
  }

  /** The Program for inputs of these types, compiled at the first request. */
  async prepare(types: readonly TensorType[]): Promise<PreparedFunction> {
    const target = await loadBackend(this.#backend);
    await flushAssignments();
    const key = `${target.name} ${currentPrecision()} ${types.map((type) => `${type.dtype}[${type.shape}]`).join(" ")}`;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      const { compiled, inputs, outputTypes } = traceFunction(this.#body, types);
      prepared = new PreparedFunction(new LoadedProgram(compiled, target), inputs, outputTypes);
      this.#prepared.set(key, prepared);
      programs.register(prepared, prepared.loaded);
    }
    return prepared;
  }

  /**
   * Runs the function on tensors.
   * @throws ShapeError when the trace finds shapes that do not fit
   */
  async call(...inputs: readonly Tensor[]): Promise<Tensor[]> {
    const prepared = await this.prepare(inputs);
    for (const [index, input] of inputs.entries()) prepared.setInput(index, await dataOf(input));
    await prepared.run();
    return prepared.outputTypes.map((type, index) => stored(outputStorage(prepared.loaded, index, type)));
  }

  /** Frees the memory of its Programs now instead of when it is collected. */
  [Symbol.dispose](): void {
    for (const prepared of this.#prepared.values()) prepared[Symbol.dispose]();
    this.#prepared.clear();
  }
}

/** Arenas go when nobody holds the Program any more. */
const programs = new FinalizationRegistry<LoadedProgram>((loaded) => loaded.dispose());

/**
 * Compiles a function of tensors. It is traced (called once, synchronously) for each new combination of input shapes;
 * afterwards a call runs the compiled Program and not the function. So whatever the function reads besides tensors, a
 * model's training mode above all, stays as it was at the trace: compile one function for each mode.
 * @param body returns the tensors to read after each run; may assign Variables and call guardFinite
 */
export function compile(
  body: (...inputs: Tensor[]) => readonly Tensor[],
  options: CompileOptions = {},
): CompiledFunction {
  return new CompiledFunction(body, options);
}

/** The graph of `body` for inputs of these types, compiled; nothing is loaded or run. */
export function traceFunction(
  body: (...inputs: Tensor[]) => readonly Tensor[],
  types: readonly TensorType[],
): { compiled: CompiledGraph; inputs: Storage[]; outputTypes: TensorType[] } {
  const inputs = types.map(({ shape, dtype }) => new Storage(shape, dtype));
  const { result, updates, guards } = record(() => body(...inputs.map(stored)));
  if (!Array.isArray(result) || !result.every((value) => value instanceof Tensor)) {
    const got = result instanceof Tensor ? "a Tensor" : `${result}`;
    throw new TypeError(`compile: the function must return an array of tensors, got ${got}`);
  }
  const outputs = result.map((value) => value.node);
  const request = { outputs, updates, guards: guards.map((guard) => guard.node) };
  const compiled = compileGraph(readComputed(request), currentPrecision());
  return { compiled, inputs, outputTypes: outputs.map(({ shape, dtype }) => ({ shape, dtype })) };
}
