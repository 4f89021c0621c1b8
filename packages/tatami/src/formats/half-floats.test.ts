import { describe, expect, it } from "vitest";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "./half-floats.ts";

const all = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

const encoded = (encode: typeof encodeFloat16, ...values: number[]): number[] => {
  const bits = new Uint16Array(values.length);
  expect(encode(Float32Array.from(values), bits)).toBe(-1);
  return [...bits];
};

describe("encodeFloat16(values, bits)", () => {
  it("gives back every float16 that decodeFloat16 reads", () => {
    const values = decodeFloat16(all);
    const bits = new Uint16Array(all.length);
    expect(encodeFloat16(values, bits)).toBe(-1);
    const differing = all.filter((bit, index) => bits[index] !== bit && !Number.isNaN(values[index]));
    expect([...differing]).toEqual([]);
    // 2 signs × 1023 fractions
    expect(values.filter((value) => Number.isNaN(value)).length).toBe(2046);
  });

  it("rounds to nearest, ties to even, in the whole range", () => {
    const step = 2 ** -10;
    expect(encoded(encodeFloat16, 1 + step / 2, 1 + (3 * step) / 2, 1 + 0.51 * step)).toEqual([0x3c00, 0x3c02, 0x3c01]);
    // subnormal, and from subnormal up to normal
    expect(encoded(encodeFloat16, 2 ** -25, 3 * 2 ** -25, 2 ** -26, 2 ** -14 - 2 ** -25)).toEqual([0, 2, 0, 0x400]);
    expect(encoded(encodeFloat16, 65504, 65519, -0, Number.NEGATIVE_INFINITY)).toEqual([
      0x7bff, 0x7bff, 0x8000, 0xfc00,
    ]);
  });

  it("stops at the first finite value that would become infinite", () => {
    expect(encodeFloat16(Float32Array.of(1, Number.POSITIVE_INFINITY, -65520, 1e9), new Uint16Array(4))).toBe(2);
  });
});

describe("encodeBfloat16(values, bits)", () => {
  it("gives back every bfloat16 that decodeBfloat16 reads", () => {
    const values = decodeBfloat16(all);
    const bits = new Uint16Array(all.length);
    expect(encodeBfloat16(values, bits)).toBe(-1);
    const differing = all.filter((bit, index) => bits[index] !== bit && !Number.isNaN(values[index]));
    expect([...differing]).toEqual([]);
  });

  it("rounds to nearest, ties to even, and keeps a NaN a NaN", () => {
    const step = 2 ** -7;
    expect(encoded(encodeBfloat16, 1 + step / 2, 1 + (3 * step) / 2)).toEqual([0x3f80, 0x3f82]);
    // a NaN whose payload lies in the bits that go
    const nan = new Float32Array(Uint32Array.of(0x7f800001).buffer);
    const bits = new Uint16Array(1);
    encodeBfloat16(nan, bits);
    expect(decodeBfloat16(bits)[0]).toBeNaN();
  });

  it("stops at the first finite value that would become infinite", () => {
    expect(encodeBfloat16(Float32Array.of(3e38, 3.4e38), new Uint16Array(2))).toBe(1);
  });
});
