import { describe, expect, it } from "vitest";
import { DataError, ShapeError } from "../shape/errors.ts";
import { type IdxValues, idxHeader, writeIdx } from "./idx.ts";
import { readIdx } from "./read-idx.ts";

const header = (...bytes: number[]): (() => unknown) => {
  return () => idxHeader(Uint8Array.from(bytes), "digits");
};

describe("writeIdx(values, shape)", () => {
  it("writes MNIST's header and values", () => {
    expect([...writeIdx(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3])]).toEqual([
      ...[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
      ...[1, 2, 3, 4, 5, 6],
    ]);
  });

  it.each<[string, IdxValues]>([
    ["uint8", Uint8Array.of(0, 1, 254, 255)],
    ["int8", Int8Array.of(-128, -1, 0, 127)],
    ["int16", Int16Array.of(-32768, -2, 258, 32767)],
    ["int32", Int32Array.of(-(2 ** 31), -3, 66051, 2 ** 31 - 1)],
    ["float32", Float32Array.of(-1.5, 0, 3.25, Number.POSITIVE_INFINITY)],
    ["float64", Float64Array.of(-Math.PI, 0, 1e300, Number.NaN)],
  ])("writes %s, which readIdx gives back", async (dtype, values) => {
    const idx = await readIdx(writeIdx(values, [2, 2]));
    expect(idx).toEqual({ source: "the data", dtype, shape: [2, 2], records: 2, values });
  });

  it("writes a view of a longer buffer", async () => {
    const view = new Int16Array([9, 1, 2, 9]).subarray(1, 3);
    expect([...(await readIdx(writeIdx(view, [2]))).values]).toEqual([1, 2]);
  });

  it("refuses a shape that does not fit", () => {
    expect(() => writeIdx(new Uint8Array(5), [2, 3])).toThrow(
      "writeIdx: shape does not fit the values, got [2, 3] for 5 values, expected as many",
    );
    expect(() => writeIdx(new Uint8Array(0), [0])).toThrow(ShapeError);
    expect(() => writeIdx(new Uint8Array(1), [])).toThrow(ShapeError);
  });
});

describe("idxHeader(bytes, source)", () => {
  it("names a missing or short header", () => {
    expect(header()).toThrow(
      "idx: digits ends in its magic number at offset 0, got 0 bytes, expected an IDX header of at least 8",
    );
    expect(header(0, 0, 8, 3, 0, 0)).toThrow(
      "idx: digits ends in its header at offset 6, got 6 bytes, expected 16 for 3 axes",
    );
  });

  it("names a wrong magic number", () => {
    expect(header(1, 0, 8, 1, 0, 0, 0, 1)).toThrow(
      "idx: digits has a wrong magic number at offset 0, got 0x01000801, expected 0x0000, a dtype code of 08 09 0b 0c 0d 0e and the number of axes (0x00000803 for images)",
    );
    expect(header(0, 0, 10, 1, 0, 0, 0, 1)).toThrow("got 0x00000a01");
    expect(header(0, 0, 8, 0)).toThrow("idx: digits has no axes at offset 3, got 0, expected 1 to 255");
  });

  it("says what other data looks like", () => {
    const text = (value: string): (() => unknown) => header(...new TextEncoder().encode(value));
    expect(header(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)).toThrow("got 0x1f8b0800 (gzip data, not yet decompressed)");
    expect(header(0x50, 0x4b, 3, 4)).toThrow("(a zip archive)");
    expect(text("\n<!DOCTYPE html><title>404</title>")).toThrow("(HTML or XML, perhaps an error page)");
    expect(text("version https://git-lfs.github.com/spec/v1")).toThrow('(text: "version https://git-lfs.")');
  });

  it("refuses sizes of zero and sizes that overflow", () => {
    expect(header(0, 0, 8, 2, 0, 0, 0, 5, 0, 0, 0, 0)).toThrow(
      "idx: digits has a size of zero at offset 8, got [5, 0], expected sizes of at least 1",
    );
    expect(header(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255)).toThrow(
      "idx: digits has sizes that overflow at offset 4, got [4294967295, 4294967295]",
    );
    expect(header(0, 0, 14, 255, ...new Array<number>(4 * 255).fill(255))).toThrow(DataError);
  });
});
