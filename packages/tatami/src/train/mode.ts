// Building a graph with a model in training or evaluation mode, whatever mode it is in otherwise.
import type { Module } from "../nn/module.ts";

/** Runs `build` with the whole model training or not; afterwards every module is in the mode it was in before. */
export function inMode<T>(model: Module, training: boolean, build: () => T): T {
  const before = model.namedModules().map(([, module]) => [module, module.training] as const);
  model.train(training);
  try {
    return build();
  } finally {
    for (const [module, mode] of before) module.training = mode;
  }
}
