// Finds out where numbers stopped being finite. A guarded step leaves all variables as they were, so the same batch can be
// run again with every activation and gradient in view.
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { AnyModule } from "../nn/module.ts";
import { BatchProgram } from "./batch-program.ts";
import { inMode } from "./mode.ts";
import { batchAt } from "./resident-data.ts";
import type { StepParts } from "./step.ts";

/** Where the first value that is not finite was seen. */
export interface Divergence {
  readonly kind: "activation" | "loss" | "gradient";
  /** path of the module or parameter, such as "2" or "2.weight"; "" for the model itself and the loss */
  readonly path: string;
  /** for people: "layer 2 (Conv2d)", "2.weight", "the loss" */
  readonly place: string;
  /** NaN, Infinity or -Infinity */
  readonly value: number;
}

/** Training that cannot go on because the loss or a gradient is not finite. The parameters are those before `step`. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
  /** the iteration that failed, from 1 */
  readonly step: number;
  /** where it began, which may be before the value that stopped the step */
  readonly divergence: Divergence;

  constructor(step: number, stopped: "the loss" | "a gradient", divergence: Divergence) {
    const { place, value } = divergence;
    super(
      `fit: ${stopped} stopped being finite at step ${step}, first in ${place}, got ${value}, expected finite numbers`,
    );
    this.step = step;
    this.divergence = divergence;
  }
}

interface Watched {
  readonly kind: Divergence["kind"];
  readonly path: string;
  readonly place: string;
  readonly tensor: Tensor;
}

/**
 * The first activation, in the order of the forward pass, that is not finite on this batch; else the loss; else the first
 * gradient in the order of the backward pass.
 * @param indices the batch
 * @returns null when everything is finite
 */
export async function findDivergence(
  parts: StepParts,
  indices: Int32Array,
  backend: string,
): Promise<Divergence | null> {
  let watched: Watched[] = [];
  const program = await BatchProgram.create([indices.length], backend, (places) => {
    watched = watchedValues(parts, places);
    return watched.map(({ tensor }) => tensor);
  });
  try {
    program.indices.set(indices);
    await program.run(indices.length);
    for (const [index, { kind, path, place }] of watched.entries()) {
      const value = program.output(index).find((word) => !Number.isFinite(word));
      if (value !== undefined) return { kind, path, place, value };
    }
    return null;
  } finally {
    program.dispose();
  }
}

function watchedValues({ model, loss, optimizer, data }: StepParts, places: Tensor): Watched[] {
  return inMode(model, true, () => {
    const modules = new Map<AnyModule, string>(model.namedModules().map(([path, module]) => [module, path]));
    const activations: Watched[] = [];
    const unsubscribe = [...modules].map(([module, path]) => {
      const place = `${path === "" ? "the model" : `layer ${path}`} (${module.constructor.name})`;
      return module.onForward((_module, _inputs, tensor) => {
        if (tensor.dtype === "float32") activations.push({ kind: "activation", path, place, tensor });
      });
    });
    try {
      const { images, labels } = batchAt(data, places);
      const value = loss(model.call(images), labels);
      // looking on must not move running statistics and random keys
      for (const [, buffer] of model.namedBuffers()) buffer.reset();
      const names = new Map(model.namedParameters().map(([name, parameter]) => [parameter as object, name]));
      const directions = gradients(value, optimizer.parameters).map((tensor, index): Watched => {
        const path = names.get(optimizer.parameters[index]) ?? `parameter ${index} of the optimiser`;
        return { kind: "gradient", path, place: path, tensor };
      });
      return [...activations, { kind: "loss", path: "", place: "the loss", tensor: value }, ...directions.reverse()];
    } finally {
      for (const stop of unsubscribe) stop();
    }
  });
}
