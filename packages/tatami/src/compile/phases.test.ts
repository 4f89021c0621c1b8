// Whatever is compiled, threads keep the order of all that depends on each other.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import * as ops from "../ops/index.ts";
import { isBufferKind, kernelTable, writes } from "../program/kernel-table.ts";
import { phasesOf } from "../program/phases.ts";
import type { KernelCall, PlacedCall, PlacedRef, Program } from "../program/program.ts";
import { compileGraph } from "./index.ts";

/** The program with the number of each call for its label. */
function numbered(program: Program): Program {
  let number = 0;
  const segments = program.segments.map(({ calls, tiling }) => ({
    calls: calls.map((call): KernelCall => ({ ...call, label: String(number++) })),
    tiling,
  }));
  return { ...program, segments };
}

/** A part of a call, and when it runs. */
interface Part {
  readonly kernel: string;
  readonly call: number;
  readonly phase: number;
  readonly lane: number;
  readonly position: number;
  readonly refs: readonly { readonly ref: PlacedRef; readonly written: boolean }[];
}

function refsOf({ kernel, arguments: values }: PlacedCall): Part["refs"] {
  return Object.entries(kernelTable[kernel]).flatMap(([field, kind]) => {
    const value = (values as unknown as Record<string, unknown>)[field];
    if (value === null || !(isBufferKind(kind) || kind === "ins" || kind === "outs")) return [];
    return ([value].flat() as PlacedRef[]).map((ref) => ({ ref, written: writes(kind) }));
  });
}

function partsOf(program: Program, threads: number): Part[] {
  return phasesOf(program, threads).flatMap(({ lanes }, phase) =>
    lanes.flatMap((calls, lane) =>
      calls.map((call, position) => {
        const { kernel, label } = call;
        return { kernel, call: Number(label), phase, lane, position, refs: refsOf(call) };
      }),
    ),
  );
}

function overlap(a: PlacedRef, b: PlacedRef): boolean {
  const same = a.space === "external" ? b.space === "external" && a.index === b.index : b.space === "arena";
  return same && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

function collide(a: Part, b: Part): boolean {
  return a.refs.some((x) => b.refs.some((y) => (x.written || y.written) && overlap(x.ref, y.ref)));
}

function isBefore(a: Part, b: Part): boolean {
  return a.phase < b.phase || (a.phase === b.phase && a.lane === b.lane && a.position < b.position);
}

/** Which lane-by-lane segment a call stands in; its tiles use the same memory in turns. */
function cutSegments({ segments }: Program): Map<number, number> {
  const entries = segments.flatMap(({ calls, tiling }, index) =>
    tiling === null || tiling.lanes === "threads"
      ? []
      : calls.map(({ label }): [number, number] => [Number(label), index]),
  );
  return new Map(entries);
}

function expectOrder(compiled: Program, threads: number): void {
  const program = numbered(compiled);
  const parts = partsOf(program, threads);
  const cut = cutSegments(program);
  const isUpdate = ({ refs }: Part): boolean => refs.some(({ ref, written }) => written && ref.space === "external");
  for (const [index, later] of parts.entries()) {
    for (const other of parts.slice(0, index)) {
      if (other.call === later.call && !cut.has(later.call)) expect(collide(other, later)).toBe(false);
    }
    for (const earlier of parts) {
      if (earlier.call >= later.call || (cut.has(later.call) && cut.get(later.call) === cut.get(earlier.call)))
        continue;
      const guarded = earlier.kernel === "guard" && isUpdate(later);
      if (!guarded && !collide(earlier, later)) continue;
      if (!isBefore(earlier, later)) {
        const name = ({ kernel, call }: Part): string => `${kernel} ${call}`;
        throw new Error(`${threads} threads: ${name(earlier)} does not end before ${name(later)} (part ${index})`);
      }
    }
  }
  const guards = parts.filter(({ kernel }) => kernel === "guard").map(({ call }) => call);
  expect(guards).toEqual(guards.toSorted((a, b) => a - b));
  expect(Math.max(...guards)).toBeLessThan(Math.min(...parts.filter(isUpdate).map(({ call }) => call)));
  // every call is there, whole
  const written = new Map<number, number>();
  for (const { call, refs } of parts) {
    const bytes = refs.reduce((total, { ref, written }) => total + (written ? ref.bytes : 0), 0);
    written.set(call, (written.get(call) ?? 0) + bytes);
  }
  expect(written.size).toBe(program.segments.reduce((total, { calls }) => total + calls.length, 0));
  for (const call of program.segments.filter(({ tiling }) => tiling === null).flatMap(({ calls }) => calls)) {
    const bytes = refsOf(call as PlacedCall).reduce((total, { ref, written }) => total + (written ? ref.bytes : 0), 0);
    expect(written.get(Number(call.label))).toBe(bytes);
  }
}

type Draw = (...shape: number[]) => Tensor;

type Build = (x: Tensor, other: Tensor, size: number, draw: Draw) => Tensor;

const columnsOf = ({ shape }: Tensor): number => shape[1]!;

/** What a random network over [rows, columns] is made of. `other` is of x's shape, sometimes x itself. */
const builds: readonly Build[] = [
  (x, _, size, draw) => ops.add(ops.matmul(x, ops.transpose(draw(70 * size, columnsOf(x)))), draw(70 * size)),
  (x, _, size, draw) => ops.matmul(x, draw(columnsOf(x), 90 * size)),
  (x, other) => ops.matmul(ops.matmul(x, ops.transpose(other)), other),
  (x) => ops.relu(x),
  (x, other) => ops.mul(ops.tanh(x), other),
  (x) => ops.softmax(x, 1),
  (x) => ops.sub(x, ops.mean(x, [0], { keepDims: true })),
  (x) => ops.mul(x, ops.sum(x, [1], { keepDims: true })),
  (x, _, __, draw) => ops.matmul(x, ops.matmul(ops.matmul(ops.transpose(x), x), draw(columnsOf(x), 64))),
  (x) => ops.transpose(ops.exp(ops.transpose(x))),
  (x, other) => ops.concat([x, other], 1),
  (x, _, __, draw) => ops.add(x, draw(...x.shape)),
  // read whole by other rows before its own rows are overwritten
  (x) => {
    const centred = ops.sub(x, ops.mean(x, [0], { keepDims: true }));
    const product = ops.matmul(ops.matmul(x, ops.transpose(centred)), x);
    return ops.mul(centred, ops.sum(product, [1], { keepDims: true }));
  },
];

interface Plan {
  readonly rows: number;
  readonly images: boolean;
  readonly training: boolean;
  readonly steps: readonly { readonly kind: number; readonly other: number; readonly size: number }[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  rows: fc.constantFrom(1, 7, 64, 100),
  images: fc.boolean(),
  training: fc.boolean(),
  steps: fc.array(
    fc.record({ kind: fc.nat(builds.length - 1), other: fc.nat(9), size: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 9 },
  ),
});

/** A random network, or a training step of it: gradients, guards on them, and parameters that move. */
function programOf({ rows, images, training, steps }: Plan): Program {
  const storages = new Map<Tensor, Storage>();
  const draw: Draw = (...shape) => {
    const storage = new Storage(shape, "float32");
    const drawn = ops.stored(storage);
    storages.set(drawn, storage);
    return drawn;
  };
  const features = (): Tensor => {
    const convolved = ops.relu(ops.conv2d(ops.conv2d(draw(rows, 1, 12, 12), draw(8, 1, 3, 3)), draw(12, 8, 3, 3)));
    return ops.reshape(ops.maxPool2d(convolved, 2), [rows, 12 * 16]);
  };
  const values = [images ? features() : draw(rows, 130)];
  for (const { kind, other, size } of steps) {
    const x = values.at(-1)!;
    const alike = values.filter(({ shape }) => `${shape}` === `${x.shape}`);
    if (columnsOf(x) < 1000) values.push(builds[kind]!(x, alike[other % alike.length]!, size, draw));
  }
  const loss = ops.mean(ops.square(values.at(-1)!));
  const parameters = training ? [...storages] : [];
  const slopes = gradients(
    loss,
    parameters.map(([parameter]) => parameter),
  );
  return compileGraph({
    outputs: [loss.node, values[values.length >> 1]!.node],
    guards: [loss, ...slopes].map(({ node }) => node),
    updates: parameters.map(([parameter, storage], index) => ({
      storage,
      value: ops.sub(parameter, ops.mul(slopes[index]!, 0.1)).node,
    })),
  }).program;
}

describe("phasesOf compiled programs", () => {
  it("phasesOf(program, threads) keeps the order of calls that depend on each other, and of guards and updates", () => {
    let together = 0;
    const property = fc.property(plans, (plan) => {
      const program = programOf(plan);
      for (const threads of [1, 2, 3, 8]) expectOrder(program, threads);
      together += program.segments.filter(({ tiling }) => tiling?.lanes === "threads").length;
    });
    fc.assert(property, { seed: 20261201, numRuns: 100 });
    expect(together).toBeGreaterThan(100);
  });
});
