// Parameters and buffers as plain arrays by name: what checkpoints and model files hold.
import type { DType, TypedArray } from "../shape/dtype.ts";
import { DataError } from "../shape/errors.ts";
import { formatShape, type Shape, sameShape } from "../shape/shape.ts";
import { compute } from "../tensor/compute.ts";
import type { Variable } from "../tensor/variable.ts";

export interface StateEntry {
  readonly shape: Shape;
  readonly dtype: DType;
  /** row-major */
  readonly values: TypedArray;
}

export type StateDict = Readonly<Record<string, StateEntry>>;

/** A copy of the variables' values, with every assignment carried out. */
export async function stateOf(variables: readonly (readonly [string, Variable])[]): Promise<StateDict> {
  await compute([]);
  return Object.fromEntries(
    variables.map(([name, variable]) => [
      name,
      { shape: variable.shape, dtype: variable.dtype, values: variable.values().slice() },
    ]),
  );
}

/**
 * Writes `state` into the variables.
 * @throws DataError, changing nothing, when a name is missing or unexpected, or a shape or dtype differs
 */
export function fillState(variables: readonly (readonly [string, Variable])[], state: StateDict): void {
  const names = new Set(variables.map(([name]) => name));
  const faults = [
    ...Object.keys(state)
      .filter((name) => !names.has(name))
      .map((name) => `${name} is unexpected`),
    ...variables.flatMap(([name, variable]) => faultOf(name, variable, state[name])),
  ];
  if (faults.length > 0) {
    throw new DataError(`loadStateDict: state does not fit the model, got ${faults.join(", ")}`, "state dict");
  }
  for (const [name, variable] of variables) variable.set(state[name].values);
}

function faultOf(name: string, variable: Variable, entry: StateEntry | undefined): string[] {
  if (entry === undefined) return [`${name} is missing`];
  if (entry.dtype === variable.dtype && sameShape(entry.shape, variable.shape)) return [];
  const expected = `${variable.dtype} ${formatShape(variable.shape)}`;
  return [`${name} ${entry.dtype} ${formatShape(entry.shape)} where ${expected} is expected`];
}
