// A node on its way into the graph: its inputs, checked as the rules of its operator ask for them. The rules are in rules/.
import type { Dropout } from "../nn/index.ts";
import { broadcastTo, full, type Operand, tensor, toFloat } from "../ops/index.ts";
import { type DataError, ShapeError } from "../shape/errors.ts";
import { formatShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from "../shape/shape.ts";
import type { Variable } from "../tensor/index.ts";
import { Tensor } from "../tensor/index.ts";
import { HostArray } from "./host-array.ts";
import type { NodeAttributes } from "./node-attributes.ts";

/** Known while the graph is built, or computed by the program. */
export type Value = Tensor | HostArray;

export interface GraphNode {
  readonly op: string;
  readonly name: string;
  /** such as `Conv "/conv1/Conv"` */
  readonly label: string;
  /** of the operator set that its operator is from */
  readonly version: number;
  readonly attributes: NodeAttributes;
  /** names; "" for one that is left out */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly fault: (what: string, got: string, expected: string, cause?: unknown) => DataError;
}

/** What a node sees of the network it is in. */
export interface Surroundings {
  readonly training: boolean;
  /** a batch that the exporter took for constant, and what it is now; null where it is free */
  readonly batch: { readonly declared: number; readonly actual: number } | null;
  /** that of a Dropout node */
  readonly dropout: (node: GraphNode) => Dropout;
  /** the network's variable behind a name; null where it is none */
  readonly variable: (name: string) => Variable | null;
  /** a weight that stands in an attribute, under the node's own name */
  readonly attributeWeight: (node: GraphNode, attribute: string) => Variable;
}

const tensors = new WeakMap<HostArray, Tensor>();

/** @throws ShapeError for integers beyond int32 */
export function asTensor(value: Value): Tensor {
  if (value instanceof Tensor) return value;
  const made = tensors.get(value) ?? tensorOf(value);
  tensors.set(value, made);
  return made;
}

function tensorOf({ kind, shape, values }: HostArray): Tensor {
  if (kind !== "int") return tensor(Float32Array.from(values), shape);
  const integers = Int32Array.from(values);
  const beyond = integers.findIndex((integer, index) => integer !== values[index]);
  if (beyond >= 0) {
    throw new ShapeError(`constant: an integer is too large, got ${values[beyond]}, expected an int32`, shape);
  }
  return tensor(integers, shape);
}

/** float32, whatever it was. */
export const asFloat = (value: Value): Tensor =>
  toFloat(asTensor(value instanceof HostArray && value.kind === "int" ? value.map("float", Number) : value));

/** Operands of an elementwise op: single constants as numbers, so that the compiler can work with them. */
export function operandsOf(values: readonly Value[]): Operand[] {
  const rank = Math.max(...values.map((value) => (value instanceof Tensor ? value.rank : 0)));
  return values.map((value) =>
    value instanceof HostArray && value.values.length === 1 && value.rank <= rank ? value.values[0]! : asFloat(value),
  );
}

export class NodeCall {
  readonly node: GraphNode;
  readonly around: Surroundings;
  readonly #values: readonly (Value | null)[];

  constructor(node: GraphNode, values: readonly (Value | null)[], around: Surroundings) {
    this.node = node;
    this.around = around;
    this.#values = values;
  }

  get attributes(): NodeAttributes {
    return this.node.attributes;
  }

  get version(): number {
    return this.node.version;
  }

  /** All inputs, each given. */
  all(): Value[] {
    return this.#values.map((_, index) => this.value(index));
  }

  /** @throws DataError where the file leaves it out */
  value(index: number): Value {
    const found = this.maybe(index);
    if (found !== null) return found;
    throw this.node.fault("lacks an input", `${this.#values.length} inputs`, `one at place ${index}`);
  }

  maybe(index: number): Value | null {
    return this.#values[index] ?? null;
  }

  /** float32 */
  tensor(index: number): Tensor {
    return asFloat(this.value(index));
  }

  maybeTensor(index: number): Tensor | undefined {
    const found = this.maybe(index);
    return found === null ? undefined : asFloat(found);
  }

  /** Null where the file leaves it out. @throws DataError where it is computed by the network */
  host(index: number): HostArray | null {
    const found = this.maybe(index);
    if (found === null || found instanceof HostArray) return found;
    throw this.node.fault("has an input that is no constant", this.node.inputs[index]!, `a constant at place ${index}`);
  }

  /** Integers of an input, or of an attribute as earlier operator sets have them; null where neither is there. */
  integers(index: number, attribute: string): readonly number[] | null {
    const found = this.host(index)?.list() ?? this.attributes.ints(attribute);
    if (found?.some((value) => !Number.isInteger(value))) {
      throw this.node.fault(`has ${attribute} that are no integers`, formatShape(found), "integers");
    }
    return found;
  }

  /** A number of an input; `otherwise` where it is left out. */
  number(index: number, otherwise: number): number {
    const found = this.host(index);
    if (found === null) return otherwise;
    if (found.values.length !== 1) throw this.node.fault("has a wrong input", formatShape(found.shape), "one number");
    return found.values[0]!;
  }

  /** Along which axis, counted from the front. */
  axis(rank: number, otherwise: number): number {
    return normalizeAxis(this.node.op, this.attributes.int("axis", otherwise), rank);
  }

  axes(list: readonly number[], rank: number): number[] {
    return normalizeAxes(this.node.op, list, rank);
  }

  /** @throws ShapeError unless `x` is a batch of images */
  images(index: number): Tensor {
    const x = this.tensor(index);
    if (x.rank === 4) return x;
    throw new ShapeError(
      `${this.node.op}: only images are supported, got ${formatShape(x.shape)}, expected [N, C, H, W]`,
      x.shape,
    );
  }
}

/** `value` everywhere; one that is small enough to be a shape stays a constant. */
export function filled(shape: Shape, kind: HostArray["kind"], value: number): Value {
  if (kind !== "float" || sizeOf(shape) <= 64) return HostArray.from(shape, kind, () => value);
  return full(shape, value);
}

/** Stretched to the shape that both share. */
export function expanded(value: Value, shape: Shape): Value {
  if (value instanceof HostArray && (value.kind !== "float" || sizeOf(shape) <= 64)) return value.expand(shape);
  return broadcastTo(asTensor(value), shape);
}
