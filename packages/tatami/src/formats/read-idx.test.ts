import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../shape/errors.ts";
import { type Idx, writeIdx } from "./idx.ts";
import { readIdx } from "./read-idx.ts";

const values = Uint8Array.from({ length: 24 }, (_, index) => (7 * index) % 256);
const plain = writeIdx(values, [4, 2, 3]);
const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));

/** The array, or the DataError there was instead; any other error passes through and fails the test. */
async function outcome(bytes: Uint8Array, limit?: number): Promise<Idx | DataError> {
  try {
    return await readIdx(bytes, { limit });
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

describe("readIdx(bytes)", () => {
  it("gives the same array plain, from gzip and from an ArrayBuffer", async () => {
    const expected = { source: "the data", dtype: "uint8", shape: [4, 2, 3], records: 4, values };
    expect(await readIdx(plain)).toEqual(expected);
    expect(await readIdx(plain.buffer)).toEqual(expected);
    expect(await readIdx(gzip(plain))).toEqual(expected);
  });

  it("reads an array of many gzip chunks", async () => {
    const large = Uint8Array.from({ length: 100_000 }, (_, index) => (index * index) % 251);
    expect((await readIdx(gzip(writeIdx(large, [100, 1000])))).values).toEqual(large);
    expect((await readIdx(gzip(writeIdx(large, [100, 1000])), { limit: 7 })).values).toEqual(large.subarray(0, 7000));
  });

  it("names truncated and trailing bytes", async () => {
    await expect(readIdx(plain.subarray(0, 30), { source: "digits" })).rejects.toThrow(
      "idx: digits is truncated at offset 30, got 30 bytes, expected 40 for [4, 2, 3]",
    );
    const longer = new Uint8Array(41);
    longer.set(plain);
    const trailing = "idx: the data has trailing bytes at offset 40, after its last value, got 41 bytes, expected 40";
    await expect(readIdx(longer)).rejects.toThrow(trailing);
    await expect(readIdx(gzip(longer))).rejects.toThrow(trailing);
    await expect(readIdx(gzip(plain.subarray(0, 30)))).rejects.toThrow("is truncated at offset 30");
  });

  it("refuses every truncation, plain and gzip", async () => {
    for (const file of [plain, gzip(plain)]) {
      for (let length = 0; length < file.length; length++) {
        expect(await outcome(file.subarray(0, length)), `length ${length}`).toBeInstanceOf(DataError);
      }
    }
  });

  it("answers every flipped bit of gzip with a DataError or the same array", async () => {
    const expected = await readIdx(plain);
    const file = gzip(plain);
    let equal = 0;
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const damaged = file.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const found = await outcome(damaged);
      if (found instanceof DataError) continue;
      expect(found, `bit ${bit}`).toEqual(expected);
      equal++;
    }
    // the time stamp, the extra flags and the operating system carry no data
    expect(equal).toBeGreaterThan(0);
    expect(equal).toBeLessThanOrEqual(8 * 7);
  });

  it("answers every flipped bit of a plain header with a DataError", async () => {
    for (let bit = 0; bit < 8 * 16; bit++) {
      // uint8 becomes int8 and the file is as long as it should be: only a reader of images can tell
      if (bit === 16) continue;
      const damaged = plain.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(await outcome(damaged), `bit ${bit}`).toBeInstanceOf(DataError);
    }
  });

  it("never throws anything but a DataError on noise", async () => {
    let state = 1;
    for (let round = 0; round < 200; round++) {
      const noise = Uint8Array.from({ length: round }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
      });
      if (round % 2 === 0) noise.set([0x1f, 0x8b, 8, 0].slice(0, round));
      expect(await outcome(noise, (round % 3) + 1)).toBeInstanceOf(DataError);
    }
  });

  it("stops decompressing where the header's claim is exceeded", async () => {
    const bomb = new Uint8Array(30_000_000);
    bomb.set(plain);
    await expect(readIdx(gzip(bomb))).rejects.toThrow(/trailing bytes at offset 40.*got \d{4,6} bytes, expected 40/);
  });

  it("sets no memory aside for a claim that the compressed bytes cannot fill", async () => {
    const claim = Uint8Array.of(0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff);
    await expect(readIdx(gzip(claim))).rejects.toThrow(
      /has sizes at offset 4 that its data cannot fill, got \[4294967295\] \(4294967303 bytes\), expected at most \d{5} bytes/,
    );
  });
});

describe("readIdx(bytes, {limit})", () => {
  it("reads the first records and still knows how many there are", async () => {
    for (const file of [plain, gzip(plain)]) {
      const idx = await readIdx(file, { limit: 3 });
      expect(idx).toMatchObject({ shape: [3, 2, 3], records: 4, values: values.subarray(0, 18) });
    }
  });

  it("reads all records where there are fewer", async () => {
    for (const file of [plain, gzip(plain)]) expect((await readIdx(file, { limit: 9 })).shape).toEqual([4, 2, 3]);
  });

  it("refuses a limit that is not an integer of at least 1", async () => {
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(readIdx(plain, { limit })).rejects.toThrow(OptionError);
    }
  });
});
