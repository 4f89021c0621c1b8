import { describe, expect, it } from "vitest";
import { OptionError } from "../shape/errors.ts";
import { blockOrder } from "./block-order.ts";

const begins = Array.from({ length: 20 }, (_, block) => block * 5);

describe("blockOrder(begins, count, window)", () => {
  const order = blockOrder(begins, 98, 15);
  const whole = blockOrder(begins, 100, 15);

  it("deals every index once, in an order of the seed's and the epoch's own", () => {
    for (const seed of [0, 1]) {
      expect([...order(seed, 3)].sort((a, b) => a - b)).toEqual(Array.from({ length: 98 }, (_, index) => index));
    }
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
  });

  it("needs no more blocks at a time than the window holds", () => {
    const epoch = whole(4, 2);
    for (let begin = 0; begin < 100; begin += 15) {
      expect(
        new Set([...epoch.slice(begin, begin + 15)].map((index) => Math.floor(index / 5))).size,
      ).toBeLessThanOrEqual(3);
    }
  });

  it("mixes what a window holds", () => {
    const epoch = order(9, 9);
    const neighbours = [...epoch].filter((index, place) => epoch[place + 1] === index + 1).length;
    expect(neighbours).toBeLessThan(25);
  });

  it("takes blocks larger than the window one by one", () => {
    const [first] = [...blockOrder([0, 50], 100, 10)(1, 1)].map((index) => Math.floor(index / 50));
    const halves = [...blockOrder([0, 50], 100, 10)(1, 1).slice(0, 50)].map((index) => Math.floor(index / 50));
    expect(halves).toEqual(Array.from({ length: 50 }, () => first));
  });

  it("refuses blocks that do not rise from 0 and windows of nothing", () => {
    expect(() => blockOrder([1, 2], 4, 1)).toThrow(OptionError);
    expect(() => blockOrder([0, 2, 2], 4, 1)).toThrow(OptionError);
    expect(() => blockOrder([0, 4], 4, 1)).toThrow(OptionError);
    expect(() => blockOrder([0, 2], 4, 0)).toThrow(OptionError);
  });
});
