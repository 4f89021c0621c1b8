// Fourth pass: turns ordered steps into kernel calls over virtual buffers. What each op becomes is in kernel-rules.ts;
// here are fused steps, updates and guards.
import type { Node } from "../graph/node.ts";
import { formatShape, sizeOf, stridesOf } from "../shape/shape.ts";
import { broadcastStrides, collapse, registerProgram } from "./fused.ts";
import { kernelRules } from "./kernel-rules.ts";
import type { KernelRule } from "./kernel-step.ts";
import { Lowering, type VirtualBuffer } from "./lowering.ts";
import { type Precision, sourceOf, storageOf } from "./request.ts";
import { inputsOf, producerOf, type Step } from "./steps.ts";

/** Kernel steps that may write over their only input: they read each word before they write it. */
const elementByElement = new Set(["toFloat", "toInt", "softmax", "logSoftmax", "nextKey"]);

/** @param guards the request's, whose places number the guard calls */
export function lower(steps: readonly Step[], guards: readonly Node[], precision: Precision): Lowering {
  const lowering = new Lowering(precision);
  for (const step of steps) {
    switch (step.kind) {
      case "fused":
        lowerFused(step, lowering);
        break;
      case "kernel":
        lowerKernel(step, lowering);
        break;
      case "guard": {
        const [value] = step.nodes as [Node];
        const x = lowering.buffer(value);
        const number = guards.indexOf(value);
        lowering.emit("guard", { x, count: sizeOf(value.shape), number }, `guard ${formatShape(value.shape)}`);
        break;
      }
      case "write":
        for (const { storage, value } of step.updates) {
          const from = lowering.buffer(value);
          lowering.copyAll(from, lowering.external(storage), `store ${formatShape(value.shape)}`);
        }
        break;
    }
  }
  return lowering;
}

/**
 * Buffers for a step's results. An update lies in its storage from the start if the kernel may write there while it
 * reads; else the value is copied there right after, which `finish` does.
 */
function defineResults(step: Step, lowering: Lowering, mayOverwrite: (input: Node) => boolean): { finish: () => void } {
  const late: (() => void)[] = [];
  for (const result of step.results) {
    const update = step.updates.find(({ value }) => sourceOf(value) === result);
    if (update === undefined) {
      lowering.define(result);
      continue;
    }
    const target = lowering.external(update.storage);
    const readers = inputsOf(step).filter((input) => storageOf(producerOf(input)) === update.storage);
    if (readers.every(mayOverwrite)) {
      lowering.define(result, target);
    } else {
      const buffer = lowering.define(result);
      late.push(() => lowering.copyAll(buffer, target, `store ${formatShape(result.shape)}`));
    }
  }
  return {
    finish: () => {
      for (const copy of late) copy();
    },
  };
}

function lowerFused(step: Step, lowering: Lowering): void {
  const { shape } = step.nodes[0]!;
  const program = registerProgram(step.nodes, step.results);
  const readsDense = (input: Node): boolean => input.op.name !== "broadcastTo";
  // A broadcast input is read in place through its strides, never written out.
  const inputs = program.inputs.map((input) => lowering.buffer(readsDense(input) ? input : input.inputs[0]!));
  const strides = program.inputs.map((input) =>
    readsDense(input) ? stridesOf(shape) : broadcastStrides(input.inputs[0]!.shape, shape),
  );
  const { finish } = defineResults(step, lowering, readsDense);
  const outputs = step.results.map((result) => lowering.buffer(result));
  const walk = collapse(shape, strides);
  const names = step.nodes.map((node) => node.op.name).join(" ");
  lowering.emit(
    "fused",
    {
      inputs,
      outputs,
      shape: walk.shape,
      strides: walk.strides.flat(),
      constants: program.constants,
      code: program.code,
      results: program.results,
      registers: program.registers,
    },
    `${names} ${formatShape(shape)}`,
    takeovers(program.inputs, inputs, outputs, readsDense),
  );
  finish();
}

/** Outputs paired with inputs they may replace: each input at most once, read densely everywhere in the step. */
function takeovers(
  nodes: readonly Node[],
  inputs: readonly VirtualBuffer[],
  outputs: readonly VirtualBuffer[],
  readsDense: (input: Node) => boolean,
): { output: VirtualBuffer; input: VirtualBuffer }[] {
  const repeated = new Set(inputs.filter((_, index) => !readsDense(nodes[index]!)));
  const candidates = [...new Set(inputs)].filter((input) => input.external === null && !repeated.has(input));
  return outputs.flatMap((output) => {
    const index = candidates.findIndex((input) => input.bytes === output.bytes);
    return index < 0 || output.external !== null ? [] : [{ output, input: candidates.splice(index, 1)[0]! }];
  });
}

function lowerKernel(step: Step, lowering: Lowering): void {
  const { absorbed, results } = step;
  const root = step.nodes[0]!;
  const result = absorbed?.nodes.at(-1) ?? root;
  const label = `${step.nodes.map((node) => node.op.name).join(" + ")} ${formatShape(step.nodes.at(-1)!.shape)}`;
  const inputs = root.inputs.map((input) => lowering.buffer(input));
  const { finish } = defineResults(step, lowering, () => elementByElement.has(root.op.name));
  const wanted = (node: Node | null | undefined): VirtualBuffer | null =>
    node && results.includes(node) ? lowering.buffer(node) : null;
  // what only a pool behind it reads has to lie somewhere too
  const out = wanted(result) ?? lowering.define(result);
  const rule = (kernelRules as Readonly<Record<string, KernelRule | undefined>>)[root.op.name];
  if (rule === undefined) throw new Error(`internal: no kernel for ${root.op.name}`);
  rule({ node: root, absorbed, inputs, out, wanted, label, lowering });
  finish();
}
