// The graph of an ONNX file as a module: its nodes become Tatami's ops whenever a program is traced, so that it is compiled,
// trained and stored as any other. What makes it of a file is load-onnx.ts.
import type { Fault } from "../formats/file-fault.ts";
import { Dropout, Module, Parameter } from "../nn/index.ts";
import { DataError, DTypeError, OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import { Tensor, Variable } from "../tensor/index.ts";
import type { GraphPlan, PlannedNode } from "./graph-plan.ts";
import { HostArray } from "./host-array.ts";
import { asTensor, type GraphNode, NodeCall, type Surroundings, type Value } from "./node-call.ts";
import type { OnnxValue } from "./read-onnx.ts";
import type { Role, WeightRole } from "./weight-roles.ts";

/** A weight and what is known of it. */
export interface GraphWeight extends WeightRole {
  /** in the file; an attribute's goes by its node's */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface GraphParts {
  /** the file's bytes, not copied: `writeOnnx` puts other weights into them */
  readonly file: Uint8Array;
  readonly fault: Fault;
  readonly plan: GraphPlan;
  /** of the value that `forward` gives */
  readonly output: string;
  /** what becomes of it at last */
  readonly finish: (output: Tensor) => Tensor;
  readonly weights: readonly GraphWeight[];
  /** by the names that nodes know them under */
  readonly constants: ReadonlyMap<string, HostArray>;
}

/** What a weight of an attribute goes by. */
export const attributeWeightName = (node: { readonly name: string; readonly op: string }, attribute: string): string =>
  `${node.name || node.op}.${attribute}`;

export class OnnxModel extends Module {
  readonly #parts: GraphParts;
  readonly #variables = new Map<string, Variable>();
  readonly #roles = new Map<Variable, Role>();
  readonly #dropouts = new Map<GraphNode, Dropout>();

  /**
   * Parameters and buffers go by the names of the file, such as "layer1.0.conv1.weight"; one that would hide a member of
   * Module gets a "_" behind it. `restore` fills them.
   * @hidden loadOnnx makes them
   */
  constructor(parts: GraphParts) {
    super();
    this.#parts = parts;
    for (const { name, role, shape, initializer, fans } of parts.weights) {
      const variable = role === "parameter" ? new Parameter(shape, initializer, fans) : new Variable(shape);
      this.#variables.set(name, variable);
      this.#roles.set(variable, role);
      this.#hold(name, variable);
    }
    for (const node of parts.plan.nodes) {
      if (node.op !== "Dropout") continue;
      const dropout = new Dropout(rateOf(node, parts.constants));
      this.#dropouts.set(node, dropout);
      this.#hold(node.outputs[0]!, dropout);
    }
  }

  /** Gives all weights the values of the file. @param seed of dropout's masks, an integer in [0, 2³²) */
  restore(seed: number): this {
    for (const { name, values } of this.#parts.weights) this.#variables.get(name)!.set(values);
    for (const [index, dropout] of [...this.#dropouts.values()].entries()) dropout.key.set([seed, index + 1, 0]);
    return this;
  }

  /** What it takes, in the order of the arguments. */
  get inputs(): readonly OnnxValue[] {
    return this.#parts.plan.inputs.map(({ name, shape }) => ({ name, shape: shape ?? [] }));
  }

  /** What it was made of. @hidden for the room alone */
  get parts(): GraphParts {
    return this.#parts;
  }

  /** The file's name of each weight, and what it is here. @hidden for the room alone */
  get variables(): ReadonlyMap<string, Variable> {
    return this.#variables;
  }

  override call(...inputs: Tensor[]): Tensor {
    return super.call(...(inputs as [Tensor]));
  }

  /**
   * @param inputs as many as the file's graph takes, of its shapes; the first axis, the batch, is free
   * @throws ShapeError, naming the node, where shapes do not fit
   * @throws DataError, naming the node, where it asks for what is not supported
   */
  override forward(...inputs: Tensor[]): Tensor {
    const { plan, constants, output, finish } = this.#parts;
    this.#expectInputs(inputs);
    const values = new Map<string, Value | null>([...constants, ...this.#variables]);
    plan.inputs.forEach(({ name }, index) => {
      values.set(name, inputs[index]!);
    });
    const around = this.#surroundings(inputs);
    for (const node of plan.nodes) {
      const made = within(node, () => {
        const call = new NodeCall(
          node,
          node.inputs.map((name) => valueAt(node, values, name)),
          around,
        );
        const found = node.rule.run(call);
        return found instanceof Tensor || found instanceof HostArray ? [found] : found;
      });
      node.outputs.forEach((name, index) => {
        if (name !== "") values.set(name, made[index] ?? null);
      });
    }
    const result = values.get(output);
    if (result === null || result === undefined) {
      throw new DataError(
        `OnnxModel: output ${JSON.stringify(output)} is no tensor, got texts, expected numbers`,
        output,
      );
    }
    return finish(asTensor(result));
  }

  protected override resetBuffers(): void {
    for (const [variable, role] of this.#roles) {
      if (role === "mean") variable.set(new Float32Array(variable.shape[0] ?? 1));
      if (role === "variance") variable.set(new Float32Array(variable.shape[0] ?? 1).fill(1));
    }
  }

  /** Makes it one of the module's own, found by its name. */
  #hold(name: string, value: Variable | Module): void {
    let free = name;
    while (free in this) free += "_";
    Object.defineProperty(this, free, { value, enumerable: true });
  }

  #surroundings(inputs: readonly Tensor[]): Surroundings {
    const declared = this.#parts.plan.inputs[0]?.shape?.[0];
    const actual = inputs[0]?.shape[0];
    return {
      training: this.training,
      batch: typeof declared === "number" && actual !== undefined ? { declared, actual } : null,
      dropout: (node) => this.#dropouts.get(node)!,
      variable: (name) => this.#variables.get(name) ?? null,
      attributeWeight: (node, attribute) => {
        const found = this.#variables.get(attributeWeightName(node, attribute));
        if (found === undefined) throw node.fault("lacks an attribute", "none", attribute);
        return found;
      },
    };
  }

  #expectInputs(inputs: readonly Tensor[]): void {
    const wanted = this.#parts.plan.inputs;
    if (inputs.length !== wanted.length) {
      const names = wanted.map(({ name }) => name).join(", ");
      throw new OptionError(
        `OnnxModel: the number of inputs is wrong, got ${inputs.length}, expected ${wanted.length}: ${names}`,
        "inputs",
        inputs.length,
      );
    }
    wanted.forEach(({ name, shape }, index) => {
      const got = inputs[index]!.shape;
      const isFree = (size: number | string, axis: number): boolean => axis === 0 || typeof size === "string";
      const fits =
        shape === null ||
        (shape.length === got.length && shape.every((size, axis) => isFree(size, axis) || size === got[axis]));
      if (fits) return;
      const expected = shape.map((size, axis) => (axis === 0 ? "N" : size)).join(", ");
      throw new ShapeError(
        `OnnxModel: input ${JSON.stringify(name)} has the wrong shape, got ${formatShape(got)}, expected [${expected}]`,
        got,
      );
    });
  }
}

function valueAt(node: GraphNode, values: ReadonlyMap<string, Value | null>, name: string): Value | null {
  if (name === "") return null;
  const found = values.get(name);
  if (found !== null && found !== undefined) return found;
  throw node.fault("uses what is no tensor of numbers", JSON.stringify(name), "one");
}

/** An attribute up to operator set 11, then an input. */
function rateOf(node: PlannedNode, constants: ReadonlyMap<string, HostArray>): number {
  const listed = constants.get(node.inputs[1] ?? "");
  if (node.version < 12) return node.attributes.float("ratio", 0.5);
  if (listed === undefined && (node.inputs[1] ?? "") !== "") {
    throw node.fault("has a rate that is no constant", node.inputs[1]!, "one");
  }
  return listed?.values[0] ?? 0.5;
}

/** Names the node in what goes wrong in it. */
function within<T>(node: GraphNode, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${node.label}: ${error.message}`, ...error.shapes);
    if (error instanceof DTypeError) throw new DTypeError(`${node.label}: ${error.message}`, ...error.dtypes);
    if (error instanceof OptionError)
      throw new OptionError(`${node.label}: ${error.message}`, error.option, error.value);
    throw error;
  }
}
