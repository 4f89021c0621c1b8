import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { Conv2d, ConvTranspose2d, Linear, Parameter } from "./index.ts";
import { fansOf, type Initializer, initializerFunction } from "./initializer.ts";

const shape = [200, 50, 2, 2];
const fans = { fanIn: 200, fanOut: 800 };

function statistics(values: Float32Array): { mean: number; std: number; low: number; high: number } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), low: Math.min(...values), high: Math.max(...values) };
}

const draw = (initializer: Initializer): Float32Array =>
  initializerFunction(initializer)(shape, fansOf(shape), new Random(1));

describe("fansOf", () => {
  it("fansOf([out, in]) of a matrix", () => {
    expect(fansOf([3, 5])).toEqual({ fanIn: 5, fanOut: 3 });
  });

  it("fansOf([outC, inC, KH, KW]) counts the pixels of the kernel", () => {
    expect(fansOf(shape)).toEqual(fans);
  });

  it("fansOf([length]) of a vector", () => {
    expect(fansOf([7])).toEqual({ fanIn: 7, fanOut: 7 });
  });
});

describe("initializerFunction", () => {
  it.each<[Initializer, number]>([
    ["lecunNormal", Math.sqrt(1 / 200)],
    ["xavierNormal", Math.sqrt(2 / 1000)],
    ["heNormal", Math.sqrt(2 / 200)],
    [{ normal: 0.01 }, 0.01],
  ])("initializerFunction(%j) is normal with its standard deviation", (initializer, std) => {
    const values = draw(initializer);
    const found = statistics(values);
    expect(Math.abs(found.mean)).toBeLessThan((4 * std) / Math.sqrt(values.length));
    expect(Math.abs(found.std / std - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    const within = values.filter((value) => Math.abs(value) < std).length / values.length;
    expect(within).toBeCloseTo(0.6827, 2);
  });

  it.each<[Initializer, number, number]>([
    ["fanInUniform", -1 / Math.sqrt(200), 1 / Math.sqrt(200)],
    ["xavierUniform", -Math.sqrt(6 / 1000), Math.sqrt(6 / 1000)],
    ["heUniform", -Math.sqrt(6 / 200), Math.sqrt(6 / 200)],
    [{ uniform: [1, 3] }, 1, 3],
  ])("initializerFunction(%j) is uniform between its limits", (initializer, low, high) => {
    const found = statistics(draw(initializer));
    const spread = high - low;
    expect(found.low).toBeGreaterThanOrEqual(Math.fround(low));
    expect(found.high).toBeLessThanOrEqual(Math.fround(high));
    expect((found.low - low) / spread).toBeCloseTo(0, 3);
    expect((found.high - high) / spread).toBeCloseTo(0, 3);
    expect((found.mean - (low + high) / 2) / spread).toBeCloseTo(0, 2);
    expect(found.std / spread).toBeCloseTo(1 / Math.sqrt(12), 2);
  });

  it.each<[Initializer, number]>([
    ["zeros", 0],
    [{ constant: 2.5 }, 2.5],
  ])("initializerFunction(%j) is constant", (initializer, value) => {
    expect(new Set(draw(initializer))).toEqual(new Set([value]));
  });

  it("initializerFunction(function) gets shape, fans and randomness", () => {
    const layer = new Conv2d(2, 4, 3, {
      weightInit: ([outChannels], { fanIn, fanOut }, random) => {
        const values = new Float32Array(72).fill(outChannels * 10000 + fanIn * 100 + fanOut);
        random.uniformInto(values.subarray(1));
        return values;
      },
    }).initialize(1);
    expect(layer.weight.values()[0]).toBe(4 * 10000 + 18 * 100 + 36);
    expect(layer.weight.values()[1]).toBeLessThan(1);
  });

  it.each([
    "xavier" as Initializer,
    "toString" as Initializer,
    { normal: -1 },
    { uniform: [2, 1] } as const,
    {} as Initializer,
  ])("initializerFunction(%j) is refused", (initializer) => {
    expect(() => new Parameter([2], initializer)).toThrow(
      `Parameter: initializer is unknown or out of range, got ${JSON.stringify(initializer)}, expected one of zeros, `,
    );
  });
});

describe("defaults", () => {
  it.each([
    ["Linear", new Linear(25, 400)],
    ["Conv2d", new Conv2d(2, 400, 5, { groups: 2 })],
    ["ConvTranspose2d", new ConvTranspose2d(16, 25, 1)],
  ])("new %s(…) draws weight and bias from ±1/√fanIn of the weight", (_name, layer) => {
    layer.initialize(2);
    const limit = 1 / 5;
    for (const values of [layer.weight.values(), layer.bias!.values()] as Float32Array[]) {
      const { low, high } = statistics(values);
      expect(low).toBeGreaterThanOrEqual(Math.fround(-limit));
      expect(high).toBeLessThanOrEqual(Math.fround(limit));
      expect(high - low).toBeGreaterThan(limit);
    }
  });
});
