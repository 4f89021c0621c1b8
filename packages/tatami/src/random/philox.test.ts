import { describe, expect, it } from "vitest";
import { fillNormal, fillUniform, philox, wordAt } from "./philox.ts";

/** Known answers of the authors' library Random123 (kat_vectors, philox4x32-10). */
const knownAnswers = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe("philox(counter, key, words)", () => {
  it.each(knownAnswers)("gives the published words for counter $counter and key $key", ({ counter, key, words }) => {
    const found = new Uint32Array(4);
    philox(counter, key, found);
    expect([...found]).toEqual(words);
  });

  it("reads words of int32 arrays as unsigned", () => {
    const found = new Uint32Array(4);
    philox(Int32Array.of(-1, -1, -1, -1), Int32Array.of(-1, -1), found);
    expect([...found]).toEqual(knownAnswers[1].words);
  });
});

describe("wordAt(key, index)", () => {
  it("takes word index mod 4 of block index / 4", () => {
    const block = new Uint32Array(4);
    philox([2, 5, 0, 0], [7, 9], block);
    expect(wordAt([7, 9, 5], 11)).toBe(block[3]);
  });
});

describe("fillUniform(out, key, low, spread)", () => {
  it("makes each element from its own word", () => {
    const out = new Float32Array(6);
    fillUniform(out, [7, 9, 5], 0, 1);
    expect([...out]).toEqual(Array.from(out, (_, index) => (wordAt([7, 9, 5], index) >>> 8) * 2 ** -24));
  });

  it("gives the same prefix for any length", () => {
    const long = new Float32Array(9);
    const short = new Float32Array(5);
    fillUniform(long, [1, 2, 3], -2, 4);
    fillUniform(short, [1, 2, 3], -2, 4);
    expect([...long.subarray(0, 5)]).toEqual([...short]);
  });

  it("has the mean and variance of a uniform distribution", () => {
    const out = new Float32Array(40000);
    fillUniform(out, [42, 0, 0], -1, 2);
    const { mean, variance } = moments(out);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 3)).toBeLessThan(0.01);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...out)).toBeLessThanOrEqual(1);
  });
});

describe("fillNormal(out, key, mean, std)", () => {
  it("follows Box-Muller on pairs of words", () => {
    const out = new Float32Array(3);
    fillNormal(out, [0, 0, 0], 0, 1);
    const u = (word: number): number => (word >>> 8) * 2 ** -24;
    const [w0, w1, w2, w3] = knownAnswers[0].words as [number, number, number, number];
    const r0 = Math.sqrt(-2 * Math.log(u(w0) + 2 ** -24));
    const r1 = Math.sqrt(-2 * Math.log(u(w2) + 2 ** -24));
    const expected = [
      r0 * Math.cos(2 * Math.PI * u(w1)),
      r0 * Math.sin(2 * Math.PI * u(w1)),
      r1 * Math.cos(2 * Math.PI * u(w3)),
    ];
    out.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index], 6);
    });
  });

  it("has the mean and variance asked for", () => {
    const out = new Float32Array(40001);
    fillNormal(out, [42, 1, 0], 3, 0.5);
    const { mean, variance } = moments(out);
    expect(Math.abs(mean - 3)).toBeLessThan(0.01);
    expect(Math.abs(variance - 0.25)).toBeLessThan(0.005);
  });
});

function moments(values: Float32Array): { mean: number; variance: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, variance: squares / values.length };
}
