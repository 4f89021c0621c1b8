import { describe, expect, it } from "vitest";
import { elementwiseNames } from "./elementwise.ts";
import { callsOf, phasesOf } from "./phases.ts";
import type { KernelCall, PlacedRef, Program, Segment } from "./program.ts";

const external = (index: number, words: number): PlacedRef => ({
  space: "external",
  index,
  offset: 0,
  bytes: 4 * words,
});

function programOf(segments: readonly Segment[]): Program {
  return { segments, arenaBytes: 0, externalBytes: [], outputs: [] };
}

function product(m: number, n: number, k: number, transposeA: number): KernelCall {
  const sizes = { batch: 1, m, n, k, transposeA, transposeB: 0, aStride: transposeA === 1 ? m : k };
  const plain = { aBatchStride: 0, bBatchStride: 0, bias: null, activation: 0, activationParameter: 0 };
  const buffers = { a: external(0, m * k), b: external(1, k * n), out: external(2, m * n) };
  return { kernel: "matmul", arguments: { ...buffers, ...sizes, ...plain }, label: "matmul" };
}

describe("phasesOf", () => {
  it("phasesOf(program, threads) keeps small calls together in one lane", () => {
    const small = product(4, 4, 4, 0);
    const phases = phasesOf(programOf([{ calls: [small, small], tiling: null }]), 8);
    expect(phases.map(({ lanes }) => lanes.map(({ length }) => length))).toEqual([[2]]);
  });

  it("phasesOf(program, threads) cuts a large product into shares of its rows, which do not overlap", () => {
    const [phase] = phasesOf(programOf([{ calls: [product(100, 400, 100, 0)], tiling: null }]), 8);
    const shares = phase.lanes.map(
      ([call]) => call.arguments as ReturnType<typeof product>["arguments"] & { m: number },
    );
    expect(shares.length).toBe(8);
    expect(shares.reduce((rows, { m }) => rows + m, 0)).toBe(100);
    let end = 0;
    for (const share of shares) {
      const { out } = share as unknown as { out: PlacedRef };
      expect(out.offset).toBe(end);
      end += out.bytes;
    }
    expect(end).toBe(4 * 100 * 400);
  });

  it("phasesOf(program, threads) lets the shares of a transposed left side reach all of its rows", () => {
    const [phase] = phasesOf(programOf([{ calls: [product(40, 784, 100, 1)], tiling: null }]), 8);
    expect(phase.lanes.length).toBe(8);
    for (const [call] of phase.lanes) {
      const { a, m, k, aStride } = call.arguments as unknown as { a: PlacedRef; m: number; k: number; aStride: number };
      expect(a.bytes).toBeGreaterThanOrEqual(4 * ((k - 1) * aStride + m));
      expect(a.offset + a.bytes).toBe(4 * 40 * 100);
    }
  });
});

/** out = in + in over `words` words; buffers by number */
function sum(from: number, to: number, words: number): KernelCall {
  const arena = (index: number): PlacedRef => ({ space: "arena", offset: 4 * words * index, bytes: 4 * words });
  const code = [elementwiseNames.indexOf("add"), 1, 0, 0, 0, 0];
  const fields = { shape: [words], strides: [1], constants: [], results: [1], registers: 2, code };
  const buffers = { inputs: [arena(from)], outputs: [arena(to)] };
  return { kernel: "fused", arguments: { ...buffers, ...fields }, label: `${from} → ${to}` };
}

function guard(index: number, words: number, number: number): KernelCall {
  const x: PlacedRef = { space: "arena", offset: 4 * words * index, bytes: 4 * words };
  return { kernel: "guard", arguments: { x, count: words, number }, label: `guard ${index}` };
}

/** What the lanes of each phase do, by labels. */
function labelsOf(calls: readonly KernelCall[], threads: number): string[][][] {
  const phases = phasesOf(programOf([{ calls, tiling: null }]), threads);
  return phases.map(({ lanes }) => lanes.map((list) => list.map(({ label }) => label)));
}

describe("phasesOf calls that depend on each other, or not", () => {
  it("phasesOf(program, threads) lets independent calls run side by side", () => {
    expect(labelsOf([sum(0, 1, 8), sum(2, 3, 8), sum(4, 5, 8)], 2)).toEqual([[["0 → 1", "4 → 5"], ["2 → 3"]]]);
  });

  it("phasesOf(program, threads) keeps a call in the lane of the one that it depends on", () => {
    expect(labelsOf([sum(0, 1, 8), sum(2, 3, 8), sum(3, 4, 8)], 2)).toEqual([[["0 → 1"], ["2 → 3", "3 → 4"]]]);
  });

  it("phasesOf(program, threads) begins a phase where lanes must meet", () => {
    const both = [sum(0, 1, 8), sum(2, 3, 8), product(4, 4, 4, 0)];
    const joined = { ...both[2]!, arguments: { ...both[2]!.arguments, a: { space: "arena", offset: 32, bytes: 96 } } };
    expect(labelsOf([both[0]!, both[1]!, joined as KernelCall], 2)).toEqual([[["0 → 1"], ["2 → 3"]], [["matmul"]]]);
  });

  it("phasesOf(program, threads) cuts large calls and puts small ones beside their shares", () => {
    const [shared, small] = [sum(0, 1, 20_000), { ...sum(90_000, 90_001, 8) }];
    expect(labelsOf([shared, small], 2)).toEqual([[["0 → 1", "90000 → 90001"], ["0 → 1"]]]);
  });

  it("phasesOf(program, threads) runs guards in one lane, in their order, and updates after them", () => {
    const update = { ...sum(0, 1, 8) };
    const moved = { ...update, arguments: { ...update.arguments, outputs: [external(0, 8)] }, label: "update" };
    const calls = [sum(0, 1, 8), guard(1, 8, 1), sum(2, 3, 8), guard(3, 8, 0), moved as KernelCall];
    expect(labelsOf(calls, 2)).toEqual([[["0 → 1"], ["2 → 3"]], [["guard 1", "guard 3"]], [["update"]]]);
  });

  it("phasesOf(program, threads) runs a guard before what it looks at is overwritten", () => {
    const calls = [sum(0, 1, 8), guard(1, 8, 0), sum(2, 1, 8)];
    expect(labelsOf(calls, 2)).toEqual([[["0 → 1"]], [["guard 1"]], [["2 → 1"]]]);
  });

  it("phasesOf(program, 1) keeps all calls in one lane, in their order", () => {
    const calls = [sum(0, 1, 8), guard(1, 8, 0), sum(2, 3, 20_000)];
    expect(labelsOf(calls, 1)).toEqual([[calls.map(({ label }) => label)]]);
  });

  it("phasesOf(program, threads) shares the samples of a segment that threads share", () => {
    const rows = { ...sum(0, 1, 20_000) };
    const calls = [{ ...rows, arguments: { ...rows.arguments, shape: [100, 200], strides: [200, 1] } } as KernelCall];
    const lanesFor = (threads: number): number =>
      phasesOf(programOf([{ calls, tiling: { samples: 100, lanes: "threads" } }]), threads)[0]!.lanes.length;
    expect([1, 2, 3, 8, 256].map(lanesFor)).toEqual([1, 2, 3, 8, 100]);
  });
});

describe("callsOf", () => {
  it("callsOf(program) cuts no product", () => {
    expect(callsOf(programOf([{ calls: [product(100, 400, 100, 0)], tiling: null }])).length).toBe(1);
  });
});
