// Modules one after the other.
import type { Tensor } from "../graph/tensor.ts";
import { type AnyModule, Module } from "./module.ts";

export class Sequential extends Module {
  readonly modules: readonly Module[];

  /** @param modules each takes what the one before gives; their names are "0", "1", … */
  constructor(...modules: readonly Module[]) {
    super();
    this.modules = modules;
  }

  override forward(x: Tensor): Tensor {
    return this.modules.reduce((value, module) => module.call(value), x);
  }

  override namedChildren(): [string, AnyModule][] {
    return this.modules.map((module, index) => [String(index), module]);
  }
}
