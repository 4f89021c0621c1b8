// Turns a group of elementwise nodes into one `fused` call's register program: inputs and constants get the first
// registers, temporaries share the rest by liveness. Which nodes belong together is steps.ts's business.
import type { Node } from "../graph/node.ts";
import { instructionWords, opcode } from "../program/elementwise.ts";
import { type Shape, stridesOf } from "../shape/shape.ts";
import { type Operand, selectInstructions } from "./instructions.ts";
import { constantOf } from "./request.ts";

export interface RegisterProgram {
  /** nodes read from outside, in register order; a broadcastTo is read through its strides */
  readonly inputs: readonly Node[];
  readonly constants: readonly number[];
  readonly code: readonly number[];
  /** register of each result, in the order asked */
  readonly results: readonly number[];
  readonly registers: number;
}

/** Compiles `nodes` (in id order) so that `results` (among them) end in registers of their own. */
export function registerProgram(nodes: readonly Node[], results: readonly Node[]): RegisterProgram {
  const members = new Set(nodes);
  const instructions = selectInstructions(nodes, results);
  const inputs: Node[] = [];
  const constants: number[] = [];
  const lastUse = new Map<Operand, number>();
  const constantIn = (operand: Operand): number | null =>
    typeof operand === "number" ? operand : members.has(operand) ? null : constantOf(operand);
  instructions.forEach(({ operands }, index) => {
    for (const operand of operands) {
      lastUse.set(operand, index);
      const constant = constantIn(operand);
      if (constant !== null) addUnique(constants, Math.fround(constant));
      else if (!members.has(operand as Node)) addUnique(inputs, operand as Node);
    }
  });

  const registerOf = new Map<Operand, number>(inputs.map((input, index) => [input, index]));
  const constantRegister = (value: number): number =>
    inputs.length + constants.findIndex((constant) => Object.is(constant, Math.fround(value)));
  const free: number[] = [];
  let registers = inputs.length + constants.length;
  const code: number[] = [];
  instructions.forEach(({ name, operands, result }, index) => {
    const read = operands.map((operand) => registerOf.get(operand) ?? constantRegister(constantIn(operand)!));
    // An operand that dies here may hand its register to the result: instructions work element by element.
    for (const operand of new Set(operands)) {
      if (typeof operand === "number" || !members.has(operand) || results.includes(operand)) continue;
      if (lastUse.get(operand) === index) free.push(registerOf.get(operand)!);
    }
    const target = free.pop() ?? registers++;
    registerOf.set(result, target);
    const instruction = [opcode(name), target, ...read];
    while (instruction.length < instructionWords) instruction.push(read[0]!);
    code.push(...instruction);
  });
  return { inputs, constants, code, results: results.map((node) => registerOf.get(node)!), registers };
}

function addUnique<T>(list: T[], value: T): void {
  if (!list.some((other) => Object.is(other, value))) list.push(value);
}

/** How an input of `shape` is read over `target`: its strides, 0 along axes it is repeated on. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const offset = target.length - shape.length;
  return target.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0 : strides[axis - offset]!));
}

/** Drops axes of length 1 and joins neighbours that every input walks as one. */
export function collapse(
  shape: Shape,
  strides: readonly (readonly number[])[],
): { shape: number[]; strides: number[][] } {
  const lengths: number[] = [];
  const walks: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (length === 1) continue;
    const last = lengths.length - 1;
    if (last >= 0 && strides.every((walk, input) => walks[input]![last] === walk[axis]! * length)) {
      lengths[last]! *= length;
      walks.forEach((walk, input) => {
        walk[last] = strides[input]![axis]!;
      });
    } else {
      lengths.push(length);
      walks.forEach((walk, input) => {
        walk.push(strides[input]![axis]!);
      });
    }
  }
  if (lengths.length === 0) return { shape: [1], strides: strides.map(() => [0]) };
  return { shape: lengths, strides: walks };
}
