// Which constants of a file are weights. ONNX does not say what was trained: it is seen from where a constant goes.
import { type Fans, fansOf, type Initializer } from "../nn/index.ts";
import type { ParsedNode } from "./parsed-model.ts";
import type { StoredTensor } from "./stored-tensor.ts";

/** "buffer": kept, not trained; "mean" and "variance": running statistics; "constant": known while the graph is built. */
export type Role = "parameter" | "buffer" | "mean" | "variance" | "constant";

export interface WeightRole {
  readonly role: Role;
  /** of a parameter, should it be drawn anew */
  readonly initializer: Initializer;
  readonly fans: Fans;
}

/** Inputs at which weights stand, by operator: those that `initialize` draws, scales that start at 1, shifts at 0. */
const places: Readonly<
  Record<string, { draw?: readonly number[]; one?: readonly number[]; zero?: readonly number[] }>
> = {
  Conv: { draw: [1], zero: [2] },
  ConvTranspose: { draw: [1], zero: [2] },
  Gemm: { draw: [0, 1], zero: [2] },
  MatMul: { draw: [0, 1] },
  Gather: { draw: [0] },
  BatchNormalization: { one: [1], zero: [2] },
  InstanceNormalization: { one: [1], zero: [2] },
  GroupNormalization: { one: [1], zero: [2] },
  LayerNormalization: { one: [1], zero: [2] },
  RMSNormalization: { one: [1] },
};

/** What hands its first input on. */
const passages = new Set([
  "Identity",
  "Cast",
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Expand",
  "Tile",
]);

const initializers = { draw: "fanInUniform", one: { constant: 1 }, zero: "zeros" } as const;

interface Use {
  readonly node: ParsedNode;
  readonly index: number;
}

/** @param nodes in their order: those that are computed */
export function usesOf(nodes: readonly ParsedNode[]): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const node of nodes) {
    for (const [index, name] of node.inputs.entries()) {
      const known = uses.get(name);
      if (known === undefined) uses.set(name, [{ node, index }]);
      else known.push({ node, index });
    }
  }
  return uses;
}

/** @param producers the nodes that values come from */
export function roleOf(
  tensor: StoredTensor,
  uses: ReadonlyMap<string, readonly Use[]>,
  producers: ReadonlyMap<string, ParsedNode>,
): WeightRole {
  const found = (role: Role, initializer: Initializer = "zeros", fans = fansOf(tensor.shape)): WeightRole => ({
    role,
    initializer,
    fans,
  });
  if (tensor.numbers !== "float") return found("constant");
  const seen = new Set([tensor.name]);
  for (const name of seen) {
    for (const { node, index } of uses.get(name) ?? []) {
      if (node.domain !== "") continue;
      const { op } = node;
      if (op === "BatchNormalization" && index >= 3) return found(index === 3 ? "mean" : "variance");
      const place = Object.hasOwn(places, op) ? places[op]! : {};
      for (const kind of ["draw", "one", "zero"] as const) {
        if (place[kind]?.includes(index) !== true) continue;
        const isTurned = op === "MatMul" || (op === "Gemm" && node.attributes.int("transB", 0) === 0);
        const [fanIn, fanOut] = [tensor.shape.at(-2) ?? 1, tensor.shape.at(-1) ?? 1];
        return found("parameter", initializers[kind], isTurned && index === 1 ? { fanIn, fanOut } : undefined);
      }
      if (op === "PRelu" && index === 1) return found("parameter", { constant: 0.25 });
      // a bias, a scale, a token: numbers alone are arithmetic, unless they are a product's bias
      const isBias = op === "Add" && node.inputs.some((input) => producers.get(input)?.op === "MatMul");
      if ((op === "Add" || op === "Concat") && (tensor.count > 1 || (isBias && tensor.shape.length > 0))) {
        return found("parameter");
      }
      if (op === "Mul" && tensor.count > 1) return found("parameter", { constant: 1 });
      if (passages.has(op) && index === 0) for (const output of node.outputs) seen.add(output);
    }
  }
  return found(tensor.count > 1 ? "buffer" : "constant");
}
