// Lowers sum, max and min over any axes to the one `reduce` kernel, which takes turns of kept and reduced axes.
import type { ReductionAttributes } from "../ops/broadcast.ts";
import type { KernelRule } from "./kernel-step.ts";

const operations = { sum: 0, max: 1, min: 2 } as const;

export function reduceRule(operation: keyof typeof operations): KernelRule {
  return ({ node, absorbed, inputs: [x], out, label, lowering }) => {
    const { axes } = node.attributes as ReductionAttributes;
    const { shape, firstReduced } = alternate(node.inputs[0]!.shape, axes);
    const scale = absorbed?.scale ?? 1;
    lowering.emit(
      "reduce",
      { x: x!, out, shape, firstReduced: Number(firstReduced), operation: operations[operation], scale, accumulate: 0 },
      label,
    );
  };
}

/** Joins neighbours of the same kind, so that kept and reduced axes take turns; axes of length 1 belong to either. */
function alternate(shape: readonly number[], axes: readonly number[]): { shape: number[]; firstReduced: boolean } {
  const lengths: number[] = [];
  let firstReduced = true;
  let reducing: boolean | null = null;
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const reduced = axes.includes(axis);
    if (reducing === reduced) {
      lengths[lengths.length - 1]! *= length;
      return;
    }
    if (reducing === null) firstReduced = reduced;
    lengths.push(length);
    reducing = reduced;
  });
  return lengths.length === 0 ? { shape: [1], firstReduced: true } : { shape: lengths, firstReduced };
}
