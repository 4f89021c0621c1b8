import { describe, expect, it } from "vitest";
import { OptionError } from "../shape/errors.ts";
import { Random, streamOf } from "./random.ts";

describe("streamOf(name)", () => {
  it("is the published FNV-1a hash", () => {
    expect(streamOf("")).toBe(0x811c9dc5);
    expect(streamOf("a")).toBe(0xe40c292c);
    expect(streamOf("foobar")).toBe(0xbf9cf968);
  });
});

describe("new Random(seed, stream)", () => {
  it("gives the same draws for the same seed and stream", () => {
    expect(new Random(1, 2).permutation(20)).toEqual(new Random(1, 2).permutation(20));
  });

  it("gives other draws for another seed, stream or step", () => {
    const random = new Random(1, 2);
    const draws = [random.uniform(), random.uniform(), new Random(2, 2).uniform(), new Random(1, 3).uniform()];
    expect(new Set(draws).size).toBe(4);
  });

  it("refuses a seed that is not an unsigned 32-bit integer", () => {
    expect(() => new Random(-1)).toThrow(OptionError);
    expect(() => new Random(0.5)).toThrow("Random: seed is out of range, got 0.5, expected an integer in [0, 2^32)");
    expect(() => new Random(0, 2 ** 32)).toThrow(OptionError);
  });
});

describe("random.state", () => {
  it("restores the sequence exactly where it was saved", () => {
    const random = new Random(7, streamOf("shuffle"));
    random.permutation(10);
    const saved = JSON.parse(JSON.stringify(random.state));
    const continued = [random.integer(1000), random.uniform(), ...random.permutation(5)];
    const restored = new Random(0);
    restored.state = saved;
    expect([restored.integer(1000), restored.uniform(), ...restored.permutation(5)]).toEqual(continued);
  });
});

describe("random.uniformInto(out, low, high)", () => {
  it("stays in its range", () => {
    const out = new Float32Array(1000);
    new Random(3).uniformInto(out, 2, 3);
    expect(out.every((value) => value >= 2 && value <= 3)).toBe(true);
    expect(new Set(out).size).toBeGreaterThan(990);
  });
});

describe("random.normalInto(out, mean, std)", () => {
  it("is centred on the mean", () => {
    const out = new Float32Array(10000);
    new Random(3).normalInto(out, 5, 2);
    expect(Math.abs(out.reduce((sum, value) => sum + value, 0) / out.length - 5)).toBeLessThan(0.1);
  });
});

describe("random.integer(bound)", () => {
  it("reaches every integer below the bound about equally often", () => {
    const random = new Random(11);
    const counts = new Array<number>(7).fill(0);
    for (let draw = 0; draw < 7000; draw++) counts[random.integer(7)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("has no modulo bias where the bound is a large part of 2^32", () => {
    const random = new Random(11);
    const bound = 3 * 2 ** 30;
    let low = 0;
    for (let draw = 0; draw < 3000; draw++) if (random.integer(bound) < 2 ** 30) low++;
    // a plain remainder would put half of the draws there, not a third
    expect(Math.abs(low - 1000)).toBeLessThan(150);
  });

  it("refuses a bound below 1", () => {
    expect(() => new Random(0).integer(0)).toThrow(OptionError);
  });
});

describe("random.integersInto(out, bound)", () => {
  it("reaches every integer below the bound about equally often, in one step", () => {
    const random = new Random(12);
    const out = new Int32Array(5000);
    random.integersInto(out, 5);
    const counts = new Array<number>(5).fill(0);
    for (const value of out) counts[value]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(random.state.step).toBe(1);
  });

  it("refuses a bound that int32 cannot hold", () => {
    expect(() => new Random(0).integersInto(new Int32Array(1), 2 ** 32)).toThrow(
      "integersInto: bound is out of range, got 4294967296, expected an integer in [1, 2^31]",
    );
  });
});

describe("random.permutation(length)", () => {
  it("holds every index once", () => {
    const order = new Random(5).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });

  it("gives all orders of three about equally often", () => {
    const random = new Random(6);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = random.permutation(3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("is empty for length 0", () => {
    expect(new Random(0).permutation(0).length).toBe(0);
  });
});
