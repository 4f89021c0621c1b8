import { describe, expect, it } from "vitest";
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

describe("callsOf", () => {
  it("callsOf(program) cuts no product", () => {
    expect(callsOf(programOf([{ calls: [product(100, 400, 100, 0)], tiling: null }])).length).toBe(1);
  });
});
