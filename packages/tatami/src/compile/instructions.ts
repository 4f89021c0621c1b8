// Which instructions compute a group of elementwise nodes: one a node, but for sums, products, squares, roots and quotients
// that have a compound instruction together. Which registers they use is fused.ts's business.
import type { Node } from "../graph/node.ts";
import type { ElementwiseName } from "../program/elementwise.ts";
import { parametersOf } from "./absorb.ts";

/** A value, or a number that an op carries besides its inputs. */
export type Operand = Node | number;

export interface Instruction {
  readonly name: ElementwiseName;
  readonly operands: readonly Operand[];
  readonly result: Node;
}

/** `nodes` in id order; `results` are those whose own values are asked for. */
export function selectInstructions(nodes: readonly Node[], results: readonly Node[]): readonly Instruction[] {
  const uses = new Map<Operand, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const kept = new Set<Node>(results);
  const instructions = new Map<Operand, Instruction>();
  for (const node of nodes) {
    const name = node.op.name as ElementwiseName;
    const plain = { name, operands: [...node.inputs, ...parametersOf(node)], result: node };
    /** the instruction of an operand that nothing else needs, if that is one of `names` */
    const inner = (operand: Operand, ...names: ElementwiseName[]): Instruction | null => {
      const instruction = instructions.get(operand);
      const own = instruction !== undefined && names.includes(instruction.name);
      return own && uses.get(operand) === 1 && !kept.has(instruction.result) ? instruction : null;
    };
    const compound = compounds[name]?.(plain.operands, inner) ?? null;
    for (const { result } of compound?.takes ?? []) instructions.delete(result);
    instructions.set(
      node,
      compound === null ? plain : { name: compound.name, operands: compound.operands, result: node },
    );
  }
  return [...instructions.values()];
}

interface Compound {
  readonly name: ElementwiseName;
  readonly operands: readonly Operand[];
  readonly takes: readonly Instruction[];
}

type Inner = (operand: Operand, ...names: ElementwiseName[]) => Instruction | null;

/** the first function → its compound with a product */
const beforeProduct: Partial<Record<ElementwiseName, ElementwiseName>> = {
  add: "addMul",
  sub: "subMul",
  mul: "mulMul",
  greater: "greaterMul",
};

/** By the outermost function: what it makes with the functions of its operands. */
const compounds: Partial<Record<ElementwiseName, (operands: readonly Operand[], inner: Inner) => Compound | null>> = {
  add([a, b], inner) {
    const [left, right] = [inner(a!, "mul"), inner(b!, "mul")];
    if (left !== null && right !== null) return twoProducts(left, right, inner);
    const product = left ?? right;
    if (product === null) return null;
    const added = left === null ? a! : b!;
    const root = takeFrom(product, inner, "sqrt");
    if (root === null) return { name: "mulAdd", operands: [...product.operands, added], takes: [product] };
    return { name: "rootMulAdd", operands: [...root.operands, root.other, added], takes: [product, root.taken] };
  },
  sub([a, b], inner) {
    const product = inner(b!, "mul");
    if (product === null) return null;
    const quotient = takeFrom(product, inner, "div");
    if (quotient === null) return { name: "subProduct", operands: [a!, ...product.operands], takes: [product] };
    const operands = [a!, ...quotient.operands, quotient.other];
    return { name: "subQuotient", operands, takes: [product, quotient.taken] };
  },
  mul([a, b], inner) {
    const names = Object.keys(beforeProduct) as ElementwiseName[];
    const left = inner(a!, ...names);
    const first = left ?? inner(b!, ...names);
    if (first === null) return null;
    const factor = left === null ? a! : b!;
    const root = first.name === "add" ? takeFrom(first, inner, "sqrt") : null;
    if (root !== null) {
      return { name: "rootAddMul", operands: [...root.operands, root.other, factor], takes: [first, root.taken] };
    }
    return { name: beforeProduct[first.name]!, operands: [...first.operands, factor], takes: [first] };
  },
};

/** One of two operands that is such an instruction and needed nowhere else: its own operands, and the other one. */
function takeFrom(
  { operands: [a, b] }: Instruction,
  inner: Inner,
  name: ElementwiseName,
): { taken: Instruction; operands: readonly Operand[]; other: Operand } | null {
  const left = inner(a!, name);
  const taken = left ?? inner(b!, name);
  return taken === null ? null : { taken, operands: taken.operands, other: left === null ? a! : b! };
}

function twoProducts(left: Instruction, right: Instruction, inner: Inner): Compound {
  for (const [squared, other] of [
    [right, left],
    [left, right],
  ] as const) {
    const square = takeFrom(squared, inner, "square");
    if (square === null) continue;
    const operands = [...other.operands, ...square.operands, square.other];
    return { name: "productAndSquare", operands, takes: [left, right, square.taken] };
  }
  return { name: "twoProducts", operands: [...left.operands, ...right.operands], takes: [left, right] };
}
