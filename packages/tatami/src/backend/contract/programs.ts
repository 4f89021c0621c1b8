// The contract of whole programs: memory that is shared, guards that stop, and results that lie where the program says.
import { afterAll, beforeAll, expect, it } from "vitest";
import { opcode } from "../../program/elementwise.ts";
import {
  alignment,
  type BufferRef,
  type KernelCall,
  type PlacedCall,
  type PlacedRef,
  type Program,
} from "../../program/program.ts";
import { stridesOf } from "../../shape/shape.ts";
import { type Backend, type BackendBuffer, upload } from "../backend.ts";
import { instruction } from "./cases/elementwise.ts";
import { copyCall } from "./execution.ts";
import { counted, floats } from "./values.ts";

const bytes = 20;

function external(index: number): PlacedRef {
  return { space: "external", index, offset: 0, bytes };
}

function arena(slot: number): PlacedRef {
  return { space: "arena", offset: slot * alignment, bytes };
}

/** The fields of a fused call that adds two dense arrays of `shape`. */
function addition(shape: readonly number[]) {
  const strides = stridesOf(shape);
  const code = instruction("add", 2, 0, 1);
  return { shape, strides: [...strides, ...strides], constants: [], code, results: [2], registers: 3 };
}

/** out = a + b over five numbers; out may be a or b. */
function addCall(a: PlacedRef, b: PlacedRef, out: PlacedRef): PlacedCall {
  return { kernel: "fused", arguments: { inputs: [a, b], outputs: [out], ...addition([5]) }, label: "add" };
}

function guardCall(x: PlacedRef): PlacedCall {
  return { kernel: "guard", arguments: { x, count: 5, number: 3 }, label: "guard" };
}

function program(calls: readonly PlacedCall[], externals: number, outputs: readonly PlacedRef[] = []): Program {
  return {
    segments: [{ calls, tiling: null }],
    arenaBytes: 4 * alignment,
    externalBytes: new Array(externals).fill(bytes),
    outputs,
  };
}

export function checkPrograms(backendOf: () => Backend): void {
  let backend: Backend;
  let parameters: BackendBuffer;
  let update: BackendBuffer;

  beforeAll(() => {
    backend = backendOf();
    parameters = backend.allocate(bytes);
    update = backend.allocate(bytes);
  });

  afterAll(() => {
    backend.free(parameters);
    backend.free(update);
  });

  function fillBuffers(values: readonly number[], change: readonly number[]): void {
    upload(backend, parameters, floats(...values));
    upload(backend, update, floats(...change));
  }

  const stepCalls = [guardCall(external(1)), addCall(external(0), external(1), external(0))];
  const step = program(stepCalls, 2, [external(0)]);

  it("run() updates an external buffer in place, again and again", async () => {
    fillBuffers([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]);
    const executable = backend.load(step, [parameters, update]);
    expect(await executable.run()).toBe(-1);
    expect(await executable.run()).toBe(-1);
    expect([...executable.output(0)]).toEqual([3, 4, 5, 6, 7]);
    expect([...backend.floats(parameters)]).toEqual([3, 4, 5, 6, 7]);
    executable.dispose();
  });

  it("run() stops at a guard before an update and says which guard it was", async () => {
    fillBuffers([1, 2, 3, 4, 5], [1, 1, Number.NaN, 1, 1]);
    const calls = [copyCall(external(1), arena(0)), ...stepCalls];
    const executable = backend.load(program(calls, 2), [parameters, update]);
    expect(await executable.run()).toBe(3);
    expect([...backend.floats(parameters)]).toEqual([1, 2, 3, 4, 5]);
    fillBuffers([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]);
    expect(await executable.run()).toBe(-1);
    expect([...backend.floats(parameters)]).toEqual([2, 3, 4, 5, 6]);
    executable.dispose();
  });

  it("load(program, externals) lets two programs share a buffer", async () => {
    fillBuffers([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]);
    const training = backend.load(step, [parameters, update]);
    const doubling = program([addCall(external(0), external(0), arena(1))], 1, [arena(1)]);
    const evaluation = backend.load(doubling, [parameters]);
    await training.run();
    await evaluation.run();
    expect([...evaluation.output(0)]).toEqual([4, 6, 8, 10, 12]);
    training.dispose();
    await evaluation.run();
    expect([...evaluation.output(0)]).toEqual([4, 6, 8, 10, 12]);
    evaluation.dispose();
  });

  it("load(program, externals) gives each program an arena of its own", async () => {
    fillBuffers([1, 2, 3, 4, 5], [10, 20, 30, 40, 50]);
    const first = backend.load(program([copyCall(external(0), arena(2))], 1, [arena(2)]), [parameters]);
    const second = backend.load(program([copyCall(external(0), arena(2))], 1, [arena(2)]), [update]);
    await first.run();
    await second.run();
    expect([...first.output(0)]).toEqual([1, 2, 3, 4, 5]);
    first.dispose();
    second.dispose();
  });

  it("run() may use a place in the arena again", async () => {
    fillBuffers([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]);
    const calls = [
      addCall(external(0), external(1), arena(0)),
      addCall(arena(0), external(1), arena(1)),
      addCall(arena(1), external(1), arena(0)),
    ];
    const executable = backend.load(program(calls, 2, [arena(0), arena(1)]), [parameters, update]);
    await executable.run();
    expect([...executable.output(0)]).toEqual([4, 5, 6, 7, 8]);
    expect([...executable.output(1)]).toEqual([3, 4, 5, 6, 7]);
    executable.dispose();
  });

  it("ints(buffer) and floats(buffer) are the same words", () => {
    upload(backend, parameters, floats(1, -2, 0, 0, 0));
    expect([...backend.ints(parameters)]).toEqual([0x3f800000, 0xc0000000 | 0, 0, 0, 0]);
  });

  it("allocate(bytes) leaves other buffers as they are", () => {
    upload(backend, parameters, floats(1, 2, 3, 4, 5));
    const large = backend.allocate(2 ** 24);
    expect(large.bytes).toBe(2 ** 24);
    expect(backend.floats(large).length).toBe(2 ** 22);
    backend.floats(large).fill(9);
    expect([...backend.floats(parameters)]).toEqual([1, 2, 3, 4, 5]);
    backend.free(large);
  });

  it("run() takes a few samples at a time through a tiled segment, each lane in memory of its own", async () => {
    const x = backend.allocate(40);
    const z = backend.allocate(40);
    upload(backend, x, counted(10));
    const whole = (index: number): PlacedRef => ({ space: "external", index, offset: 0, bytes: 40 });
    // one tile of two samples, and a sum over the lane's samples
    const y: BufferRef = { space: "lane", offset: 0, stride: alignment, bytes: 16 };
    const partial: BufferRef = { space: "lane", offset: 2 * alignment, stride: 8, bytes: 8 };
    const partials: PlacedRef = { space: "arena", offset: 2 * alignment, bytes: 16 };
    const total: PlacedRef = { space: "arena", offset: 3 * alignment, bytes: 8 };
    const sum = { firstReduced: 1, operation: 0, scale: 1, accumulate: 0 };
    const tiled: KernelCall[] = [
      { kernel: "fused", arguments: { inputs: [whole(0), whole(0)], outputs: [y], ...addition([5, 2]) }, label: "y" },
      { kernel: "fused", arguments: { inputs: [y, y], outputs: [whole(1)], ...addition([5, 2]) }, label: "z" },
      { kernel: "reduce", arguments: { x: y, out: partial, shape: [5, 2], ...sum }, label: "sum of y" },
    ];
    const after: KernelCall[] = [
      { kernel: "reduce", arguments: { x: partials, out: total, shape: [2, 2], ...sum }, label: "sum of lanes" },
    ];
    const segments = [
      { calls: tiled, tiling: { samples: 5, tile: 2, lanes: 2 } },
      { calls: after, tiling: null },
    ];
    const executable = backend.load(
      { segments, arenaBytes: 4 * alignment, externalBytes: [40, 40], outputs: [whole(1), total] },
      [x, z],
    );
    for (let runs = 0; runs < 2; runs++) {
      await executable.run();
      expect([...executable.output(0)]).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
      expect([...executable.output(1)]).toEqual([50, 60]);
    }
    executable.dispose();
    backend.free(x);
    backend.free(z);
  });

  it("run() of the same inputs gives the same bits", async () => {
    const count = 1000;
    const key = backend.allocate(12);
    upload(backend, key, Int32Array.of(3, 1, 4));
    const ref: PlacedRef = { space: "arena", offset: 0, bytes: 4 * count };
    const fields = { count, distribution: 1, low: 0, spread: 1 };
    const keyRef: PlacedRef = { space: "external", index: 0, offset: 0, bytes: 12 };
    const activation = opcode("tanh");
    const calls: PlacedCall[] = [
      { kernel: "random", arguments: { key: keyRef, out: ref, ...fields }, label: "normal" },
      {
        kernel: "fused",
        arguments: {
          inputs: [ref],
          outputs: [ref],
          shape: [count],
          strides: [1],
          constants: [],
          code: [activation, 1, 0, 0, 0],
          results: [1],
          registers: 2,
        },
        label: "tanh",
      },
    ];
    const segments = [{ calls, tiling: null }];
    const executable = backend.load({ segments, arenaBytes: 4 * count, externalBytes: [12], outputs: [ref] }, [key]);
    await executable.run();
    const first = executable.output(0).slice();
    await executable.run();
    expect(executable.output(0)).toEqual(first);
    executable.dispose();
    backend.free(key);
  });
}
