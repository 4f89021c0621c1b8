// What weights are called in files: as PyTorch's state_dict does, so that they move both ways without renaming. In the model
// itself names are TypeScript's.
import { BatchNorm1d, BatchNorm2d, Dropout } from "../nn/index.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Variable } from "../tensor/variable.ts";

/** A parameter or buffer of a model that files hold. */
export interface Weight {
  /** in the model's state dictionary, such as "1.runningMean" */
  readonly name: string;
  /** in files, such as "1.running_mean" */
  readonly fileName: string;
  readonly variable: Variable;
}

export interface WeightNames {
  /** in the order of the state dictionary */
  readonly weights: readonly Weight[];
  /** names in files that say nothing to us: PyTorch counts the batches that batch normalisation has seen */
  readonly ignored: ReadonlySet<string>;
  /** random keys by name: no weights, and unknown to PyTorch */
  readonly keys: ReadonlyMap<string, Variable>;
}

const spellings: Readonly<Record<string, string>> = { runningMean: "running_mean", runningVar: "running_var" };

export function weightNames(model: AnyModule): WeightNames {
  const spelled = new Map<string, string>();
  const ignored = new Set<string>();
  const keys = new Map<string, Variable>();
  for (const [path, module] of model.namedModules()) {
    const within = (name: string): string => (path === "" ? name : `${path}.${name}`);
    if (module instanceof Dropout) keys.set(within("key"), module.key);
    if (!(module instanceof BatchNorm1d || module instanceof BatchNorm2d)) continue;
    ignored.add(within("num_batches_tracked"));
    for (const [name, spelling] of Object.entries(spellings)) spelled.set(within(name), within(spelling));
  }
  const variables: [string, Variable][] = [...model.namedParameters(), ...model.namedBuffers()];
  const weights = variables
    .filter(([name]) => !keys.has(name))
    .map(([name, variable]) => ({ name, fileName: spelled.get(name) ?? name, variable }));
  return { weights, ignored, keys };
}
