// What the parts of the reader make of bytes that claim more than they hold.
import { DataError } from "tatamijs/shape";
import { describe, expect, it } from "vitest";
import { deltaIntegers, deltaLengthStrings } from "./deltas.ts";
import { parquetFaults } from "./fault.ts";
import { eachRun } from "./runs.ts";
import { inflateSnappy } from "./snappy.ts";
import { ThriftReader } from "./thrift.ts";

const fault = parquetFaults("the data");

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function runsOf(bytes: readonly number[], width: number, count: number): number[] {
  const values: number[] = [];
  eachRun(Uint8Array.from(bytes), width, count, fault, (value, times) => {
    for (let index = 0; index < times; index++) values.push(value);
  });
  return values;
}

describe("eachRun(bytes, width, count)", () => {
  it("reads runs and packed bits as the format's own example has them", () => {
    // Encodings.md: 0 to 7 in 3 bits each
    expect(runsOf([3, 0b10001000, 0b11000110, 0b11111010], 3, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(runsOf([6, 1, 3, 0b00000101], 1, 6)).toEqual([1, 1, 1, 1, 0, 1]);
    expect(runsOf([...varint(4), 0x34, 0x12], 13, 2)).toEqual([0x1234, 0x1234]);
  });

  it("hands over no more than is asked for, however long a run claims to be", () => {
    let calls = 0;
    eachRun(Uint8Array.from([...varint(2 * (2 ** 30 - 1)), 1]), 1, 10, fault, (value, times) => {
      expect([value, times]).toEqual([1, 10]);
      calls++;
    });
    expect(calls).toBe(1);
    expect(() => runsOf([...varint(2 * 2 ** 29 + 1), 255], 1, 100)).toThrow("has damaged runs, got 1 bytes of bits");
    expect(() => runsOf([0, 0, 0], 1, 5)).toThrow(DataError);
    expect(() => runsOf([4, 7], 2, 2)).toThrow("got 7 in a run, expected 2 bits");
  });
});

describe("inflateSnappy(bytes, size)", () => {
  const inflate = (bytes: readonly number[], size: number): number[] => [
    ...inflateSnappy(Uint8Array.from(bytes), size, fault),
  ];

  it("copies what it is still writing, which repeats it", () => {
    // "ab", then 6 from 2 back
    expect(inflate([8, 1 << 2, 97, 98, (2 << 2) | 1, 2], 8)).toEqual([97, 98, 97, 98, 97, 98, 97, 98]);
  });

  it("takes no memory that its bytes cannot fill", () => {
    expect(() => inflate([...varint(2 ** 30), 0, 97], 2 ** 30)).toThrow("has a damaged snappy page");
    expect(() => inflate([8, 1 << 2, 97, 98], 8)).toThrow("got 2 bytes, expected 8");
    expect(() => inflate([8, 1 << 2, 97, 98, (2 << 2) | 1, 3], 8)).toThrow("a copy of 6 from 3 back at 2 of 8");
    expect(() => inflate([4, 62 << 2, 255, 255], 4)).toThrow(DataError);
  });
});

describe("deltaIntegers(bytes, count)", () => {
  it("reads the format's own example", () => {
    // Encodings.md: 7, 5, 3, 1, 2, 3, 4, 5; deltas −2 −2 −2 1 1 1 1, of 2 bits above −2
    const bytes = [...varint(128), 4, 8, 14, 3, 2, 0, 0, 0, 0b11000000, 0b00111111, 0, 0, 0, 0, 0, 0];
    expect([...deltaIntegers(Uint8Array.from(bytes), 8, fault).values]).toEqual([7, 5, 3, 1, 2, 3, 4, 5]);
  });

  it("refuses blocks that claim what is not there", () => {
    const read = (...bytes: number[]) => deltaIntegers(Uint8Array.from(bytes), 8, fault);
    expect(() => read(...varint(2 ** 31), ...varint(2 ** 31), 8, 0)).toThrow("has damaged differences");
    expect(() => read(...varint(128), 4, 9, 0)).toThrow("got 9 numbers, expected 8");
    expect(() => read(...varint(128), 4, 8, 0, 0, 60, 0, 0, 0)).toThrow("differences of 60 bits");
    expect(() => deltaLengthStrings(Uint8Array.from([...varint(128), 4, 1, 200, 1]), 1, fault)).toThrow("100 bytes");
  });
});

describe("ThriftReader", () => {
  const read = (...bytes: number[]) => new ThriftReader(Uint8Array.from(bytes), 100, fault).struct({});

  it("passes over what is not asked for and refuses lengths beyond the end", () => {
    expect(() => read(0x15, 2, 0x18, 1, 65, 0)).not.toThrow();
    expect(() => read(0x18, ...varint(2 ** 31), 65)).toThrow("got 2147483648 bytes at offset 106");
    expect(() => read(0x19, 0xf5, ...varint(2 ** 31), 0)).toThrow("got 2147483648 elements at offset 107");
    expect(() => read(0x15, ...new Array<number>(12).fill(255))).toThrow("a number of more than 10 bytes");
    expect(() => read(...new Array<number>(100).fill(0x1c))).toThrow("structures in structures");
    expect(() => read(0x15)).toThrow("its end at offset 101");
  });
});
