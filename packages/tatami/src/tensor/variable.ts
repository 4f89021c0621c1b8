// Values that change over time: parameters, running statistics, optimiser slots, random keys. A variable is a tensor that
// can be assigned; inside a traced function an assignment becomes an in-place update at the end of the program.

import type { Node } from "../graph/node.ts";
import { sameType } from "../graph/node.ts";
import { Storage } from "../graph/storage.ts";
import { Tensor } from "../graph/tensor.ts";
import { stored } from "../ops/leaf.ts";
import { type DType, type TypedArray, typedArray } from "../shape/dtype.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape/shape.ts";
import { hostValues, setHostValues } from "./residence.ts";

export class Variable extends Tensor {
  readonly storage: Storage;
  readonly #leaf: Node;

  /** @param values row-major, as many as `shape` holds; zeros by default; copied */
  constructor(shape: Shape, dtype: DType = "float32", values?: ArrayLike<number>) {
    const storage = new Storage(shape, dtype);
    const leaf = stored(storage).node;
    super(leaf);
    this.storage = storage;
    this.#leaf = leaf;
    if (values !== undefined) this.set(values);
  }

  /**
   * Gives the variable a new value: at the end of the program when tracing, else when something is next computed.
   * @throws ShapeError when shape or dtype differ
   */
  assign(value: Tensor): void {
    if (!sameType(value, this)) {
      throw new ShapeError(
        `assign: the value does not fit the variable, got ${value.dtype} ${formatShape(value.shape)}, expected ${this.dtype} ${formatShape(this.shape)}`,
        value.shape,
        this.shape,
      );
    }
    this.node = value.node;
    (trace?.assigned ?? pending).add(this);
  }

  /**
   * Writes values from the host now, dropping any assignment not yet carried out.
   * @throws ShapeError when there are not as many values as the shape holds
   */
  set(values: ArrayLike<number>): void {
    if (values.length !== sizeOf(this.shape)) {
      throw new ShapeError(
        `set: the number of values is wrong, got ${values.length}, expected ${sizeOf(this.shape)} for ${formatShape(this.shape)}`,
        this.shape,
      );
    }
    const copy = typedArray(this.dtype, values.length);
    copy.set(values);
    this.reset();
    pending.delete(this);
    setHostValues(this.storage, copy);
  }

  /** The values as they stand in the storage, without waiting for assignments; not a copy. */
  values(): TypedArray {
    return hostValues(this.storage);
  }

  /** Forgets an assignment: the variable is what its storage holds. */
  reset(): void {
    this.node = this.#leaf;
  }
}

/** What a traced function did besides returning: variables it assigned, values it wants finite. */
export interface Trace {
  readonly assigned: Set<Variable>;
  readonly guards: Tensor[];
}

let trace: Trace | null = null;
const pending = new Set<Variable>();

/** Runs `build` while recording; assigned variables are back at their stored value afterwards. */
export function record<T>(build: () => T): {
  result: T;
  updates: { storage: Storage; value: Node }[];
  guards: Tensor[];
} {
  const outer = trace;
  const inner: Trace = { assigned: new Set(), guards: [] };
  trace = inner;
  try {
    const result = build();
    const updates = [...inner.assigned].map((variable) => ({ storage: variable.storage, value: variable.node }));
    return { result, updates, guards: inner.guards };
  } finally {
    trace = outer;
    for (const variable of inner.assigned) variable.reset();
  }
}

/**
 * Inside a compiled function: stops the program before any assignment takes effect when a value of `x` is not finite.
 * Elsewhere it does nothing.
 * @param x float32, any shape
 */
export function guardFinite(x: Tensor): void {
  trace?.guards.push(x);
}

/** Takes the assignments made outside any trace, to be carried out by the caller. */
export function takePending(): { storage: Storage; value: Node }[] {
  const updates = [...pending].map((variable) => ({ storage: variable.storage, value: variable.node }));
  for (const variable of pending) variable.reset();
  pending.clear();
  return updates;
}
