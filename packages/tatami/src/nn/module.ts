// What all layers and models are: a function of tensors with parameters, buffers and child modules. They are found by
// walking the module's own properties in the order they were declared; there is no registration.
import type { Tensor } from "../graph/tensor.ts";
import { Random, streamOf } from "../random/index.ts";
import { Variable } from "../tensor/variable.ts";
import { Parameter } from "./parameter.ts";
import { fillState, type StateDict, stateOf } from "./state-dict.ts";

/** Any module, whatever it takes. */
export type AnyModule = Module<Tensor[]>;

/** Sees each call of a module: what went in and what came out, both still to be computed. */
export type ForwardHook = (module: AnyModule, inputs: readonly Tensor[], output: Tensor) => void;

export abstract class Module<Inputs extends Tensor[] = [Tensor]> {
  /** Whether dropout drops and batch normalisation uses the batch's statistics; set by train() and eval(). */
  training = true;
  readonly #hooks = new Set<ForwardHook>();

  /** What the module computes. Overridden by every module; users call `call`, which also checks and runs hooks. */
  abstract forward(...inputs: Inputs): Tensor;

  /**
   * Runs the module: forward, then its hooks.
   * @throws Error when a parameter, named in the message, has not been initialised
   */
  call(...inputs: Inputs): Tensor {
    for (const [name, parameter] of this.namedParameters()) {
      if (!parameter.initialized) {
        throw new Error(`${name}: parameter is not initialised, call model.initialize(seed) first`);
      }
    }
    const output = this.forward(...inputs);
    for (const hook of this.#hooks) hook(this, inputs, output);
    return output;
  }

  /**
   * Calls `hook` after every forward of this module. The gradient of what it computed is `gradients(loss, [output])`.
   * @returns a function that takes the hook away again
   */
  onForward(hook: ForwardHook): () => void {
    this.#hooks.add(hook);
    return () => {
      this.#hooks.delete(hook);
    };
  }

  /** Modules held in properties, and in arrays ("layers.0"), by name. */
  namedChildren(): [string, AnyModule][] {
    return membersOf(this).filter((member): member is [string, AnyModule] => member[1] instanceof Module);
  }

  /** Modules held in properties and arrays. */
  children(): AnyModule[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module (its name is "") and all below it, parents first; a module held twice comes once. */
  namedModules(): [string, AnyModule][] {
    const seen = new Map<AnyModule, string>();
    const visit = (module: AnyModule, path: string): void => {
      if (seen.has(module)) return;
      seen.set(module, path);
      for (const [name, child] of module.namedChildren()) visit(child, join(path, name));
    };
    visit(this, "");
    return [...seen].map(([module, path]) => [path, module]);
  }

  /** All parameters by path, such as "0.weight"; one that is shared comes once, under its first path. */
  namedParameters(): [string, Parameter][] {
    return this.#namedVariables().filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  /** All parameters: what an optimiser takes. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Variables that are no parameters: running statistics, random keys. */
  namedBuffers(): [string, Variable][] {
    return this.#namedVariables().filter(([, variable]) => !(variable instanceof Parameter));
  }

  /** Switches this module and all below it to training, or with false to evaluation. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below it to evaluation. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Keeps optimisers from changing any parameter of this module and below it, as PyTorch's requires_grad_(False) does. A
   * step that is compiled already stays as it was; `fit` compiles anew. Running statistics go on in training mode.
   */
  freeze(frozen = true): this {
    for (const parameter of this.parameters()) parameter.frozen = frozen;
    return this;
  }

  /** Lets optimisers change all of its parameters again. */
  unfreeze(): this {
    return this.freeze(false);
  }

  /**
   * Gives every parameter its initial values and every buffer its first ones. Equal seeds give equal values; each
   * parameter depends on the seed and its own path only.
   * @param seed integer in [0, 2³²)
   * @throws OptionError outside this range
   */
  initialize(seed: number): this {
    for (const [name, parameter] of this.namedParameters()) parameter.initialize(new Random(seed, streamOf(name)));
    for (const [path, module] of this.namedModules()) module.resetBuffers(seed, path);
    return this;
  }

  /** A copy of all parameters and buffers, by path. */
  stateDict(): Promise<StateDict> {
    return stateOf(this.#namedVariables());
  }

  /**
   * Takes over all parameters and buffers.
   * @throws DataError, changing nothing, when a name is missing or unexpected, or a shape or dtype differs
   */
  loadStateDict(state: StateDict): void {
    fillState(this.#namedVariables(), state);
  }

  /** Gives the buffers of this module alone their first values. Overridden by modules that have some. */
  protected resetBuffers(_seed: number, _path: string): void {}

  #namedVariables(): [string, Variable][] {
    const seen = new Map<Variable, string>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, member] of membersOf(module)) {
        if (member instanceof Variable && !seen.has(member)) seen.set(member, join(path, name));
      }
    }
    return [...seen].map(([variable, name]) => [name, variable]);
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Own properties, those that are arrays element by element. */
function membersOf(module: AnyModule): [string, unknown][] {
  return Object.entries(module).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map((element, index) => [`${name}.${index}`, element]) : [[name, value]],
  );
}
