import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator } from "./allocator.ts";

const start = 1000;

/** Memory that grows by whole pages of 4096 bytes up to `most`. */
function memory(most: number): { allocator: Allocator; end: () => number } {
  let size = start;
  const allocator = new Allocator(start, (end) => {
    if (end > most) throw new RangeError("out of memory");
    size = Math.max(size, Math.ceil(end / 4096) * 4096);
    return size;
  });
  return { allocator, end: () => size };
}

describe("Allocator", () => {
  it("allocate(bytes) gives aligned pieces inside the memory that never overlap, whatever is freed in between", () => {
    const step = fc.record({ bytes: fc.integer({ min: 0, max: 5000 }), free: fc.nat(), keep: fc.boolean() });
    const property = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const { allocator, end } = memory(Number.MAX_SAFE_INTEGER);
      const held: { address: number; bytes: number }[] = [];
      for (const { bytes, free, keep } of steps) {
        const address = allocator.allocate(bytes);
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(start);
        expect(address + bytes).toBeLessThanOrEqual(end());
        for (const other of held) {
          expect(address + Math.max(bytes, 1) <= other.address || other.address + other.bytes <= address).toBe(true);
        }
        held.push({ address, bytes: Math.max(bytes, 1) });
        if (!keep) allocator.free(held.splice(free % held.length, 1)[0].address);
      }
      for (const { address } of held) allocator.free(address);
      expect(allocator.used).toBe(0);
    });
    fc.assert(property, { seed: 7, numRuns: 200 });
  });

  it("free(address) joins neighbours in any order, so that all of the memory can be had in one piece again", () => {
    const property = fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
      const { allocator, end } = memory(64 * 1024);
      const addresses = order.map(() => allocator.allocate(1000));
      const size = end();
      for (const index of order) allocator.free(addresses[index]);
      allocator.allocate(size - addresses[0]);
      expect(end()).toBe(size);
    });
    fc.assert(property, { seed: 7, numRuns: 50 });
  });

  it("allocate(bytes) that does not fit leaves everything as it was", () => {
    const { allocator } = memory(64 * 1024);
    const address = allocator.allocate(100);
    expect(() => allocator.allocate(1e6)).toThrow("out of memory");
    expect(allocator.used).toBe(128);
    allocator.free(address);
    expect(allocator.allocate(60_000)).toBe(address);
  });

  it("free(address) of what is not allocated is an internal error", () => {
    const { allocator } = memory(64 * 1024);
    const address = allocator.allocate(100);
    allocator.free(address);
    expect(() => allocator.free(address)).toThrow("internal: free of address 1024, which is not allocated");
  });
});
