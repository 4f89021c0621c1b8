// What the parts of the reader make of bytes that claim more than they hold.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { openSource } from "tatamijs/formats";
import { DataError } from "tatamijs/shape";
import { describe, expect, it } from "vitest";
import { inflatePage } from "./codecs.ts";
import { deltaIntegers, deltaLengthStrings } from "./deltas.ts";
import { parquetFaults } from "./fault.ts";
import { readFooter } from "./footer.ts";
import { readPageTable } from "./page-table.ts";
import { parquetImages } from "./parquet-dataset.ts";
import { openParquetImages } from "./parquet-images.ts";
import { eachRun } from "./runs.ts";
import { inflateSnappy } from "./snappy.ts";
import { ThriftReader } from "./thrift.ts";
import { inflateZstd } from "./zstd.ts";

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

describe("inflatePage(codec, bytes, size)", () => {
  it("refuses pages of another size", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    for (const [codec, stored] of [
      [0, bytes],
      [2, gzipSync(bytes)],
      [4, brotliCompressSync(bytes)],
    ] as const) {
      expect([...(await inflatePage(codec, stored, 3, fault))]).toEqual([1, 2, 3]);
      await expect(inflatePage(codec, stored, 4, fault)).rejects.toThrow("of another size, got 3 bytes, expected 4");
      await expect(inflatePage(codec, stored, 2, fault)).rejects.toThrow(DataError);
    }
  });
});

describe("inflateZstd(bytes, size)", () => {
  /** A frame of blocks that say one byte so many times (RFC 8878, 3.1.1). */
  const frameOf = (...times: number[]): Uint8Array => {
    const blocks = times.flatMap((count, index) => {
      const header = count * 8 + 2 + Number(index === times.length - 1);
      return [header & 255, (header >> 8) & 255, header >> 16, 7];
    });
    return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...blocks]);
  };

  it("gives what a frame holds", async () => {
    expect([...(await inflateZstd(frameOf(3, 2), 5, fault))]).toEqual([7, 7, 7, 7, 7]);
    expect(await inflateZstd(new Uint8Array(0), 0, fault)).toHaveLength(0);
  });

  it("refuses a frame of another size, and one that is cut or none", async () => {
    const refuses = (bytes: Uint8Array, size: number, message: string) =>
      expect(inflateZstd(bytes, size, fault)).rejects.toThrow(message);
    await refuses(frameOf(3, 2), 4, "has a damaged page, got 14 bytes of none, expected ZSTD of 4 bytes");
    await refuses(frameOf(...new Array<number>(100).fill(2 ** 17)), 1000, "has a damaged page");
    await refuses(frameOf(3, 2), 6, "has a damaged page, got 5 bytes, expected ZSTD of 6 bytes");
    await refuses(frameOf(1), 0, "has a damaged page, got 1 bytes, expected ZSTD of 0 bytes");
    await refuses(frameOf(3, 2).subarray(0, 12), 5, "has a damaged page");
    await refuses(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 5, "has a damaged page");
    // and reads on
    expect(await inflateZstd(frameOf(9), 9, fault)).toHaveLength(9);
  });

  it("takes no memory that its bytes cannot fill, nor more than a page may have", async () => {
    await expect(inflateZstd(frameOf(1), 2 ** 19, fault)).rejects.toThrow(
      "got 10 bytes, expected ZSTD of 524288 bytes",
    );
    await expect(inflateZstd(frameOf(1), 2 ** 28 + 1, fault)).rejects.toThrow("has a zstd page too large");
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

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
/** Fields of Thrift's structs, each with its number in full; a struct ends with 0. */
const int = (id: number, value: number): number[] => [6, ...varint(2 * id), ...varint(2 * value)];
const text = (id: number, value: string): number[] => [8, ...varint(2 * id), ...varint(value.length), ...ascii(value)];
const struct = (id: number, ...fields: number[][]): number[] => [12, ...varint(2 * id), ...fields.flat(), 0];
const list = (id: number, kind: number, ...items: number[][]): number[] => [
  9,
  ...varint(2 * id),
  0xf0 | kind,
  ...varint(items.length),
  ...items.flat(),
];

/** A file of eight zeros and a footer of columns of those types, by their numbers, whose pages they are said to be. */
function fileOf(
  columns: Readonly<Record<string, number>>,
  lie: { readonly rows?: number; readonly groupRows?: number; readonly begin?: number; readonly bytes?: number } = {},
): Uint8Array {
  const { rows = 3, groupRows = rows, begin = 4, bytes = 8 } = lie;
  const leaves = Object.entries(columns).map(([name, type]) => [...int(1, type), ...int(3, 0), ...text(4, name), 0]);
  const chunks = Object.entries(columns).map(([name, type]) => {
    const path = list(3, 8, [name.length, ...ascii(name)]);
    return [...struct(3, int(1, type), path, int(4, 0), int(5, groupRows), int(7, bytes), int(9, begin)), 0];
  });
  const footer = [
    ...list(2, 12, [...text(4, "root"), ...int(5, leaves.length), 0], ...leaves),
    ...int(3, rows),
    ...list(4, 12, [...list(1, 12, ...chunks), ...int(3, groupRows), 0]),
    0,
  ];
  const length = [footer.length & 255, footer.length >> 8, 0, 0];
  return Uint8Array.from([...ascii("PAR1"), ...new Array<number>(8).fill(0), ...footer, ...length, ...ascii("PAR1")]);
}

describe("readFooter(source)", () => {
  const read = async (lie: Parameters<typeof fileOf>[1]) => readFooter(await openSource(fileOf({ label: 1 }, lie)));

  it("reads columns and where their pages lie", async () => {
    const { rows, columns, groups } = await read({});
    expect(rows).toBe(3);
    expect(columns).toMatchObject([{ path: ["label"], type: "INT32", optional: 0, lists: 0 }]);
    expect(groups).toMatchObject([{ rows: 3, chunks: [{ begin: 4, end: 12, values: 3 }] }]);
  });

  it("refuses rows that do not add up and pages outside of the file", async () => {
    await expect(read({ rows: 4, groupRows: 3 })).rejects.toThrow(
      "has row groups of other sizes, got 3 rows, expected 4",
    );
    await expect(read({ bytes: 9 })).rejects.toThrow("got label at offset 4, 9 bytes, expected within 4 and 12");
    await expect(read({ begin: 2 })).rejects.toThrow("got label at offset 2, 8 bytes, expected within 4 and 12");
  });
});

describe("readPageTable(source, chunk, mostPageBytes)", () => {
  const read = async ({ kind = 0, size = 100, bytes = 4, values = 9, most = 1000 }) => {
    const header = [...int(1, kind), ...int(2, size), ...int(3, bytes), ...struct(5, int(1, values), int(2, 0)), 0];
    const file = Uint8Array.from([...header, 0, 0, 0, 0]);
    const chunk = { codec: 0, values: 9, begin: 0, end: file.length, largest: null };
    return readPageTable(await openSource(file), chunk, most, fault);
  };

  it("tells where pages are from their headers", async () => {
    expect((await read({})).pages).toMatchObject([{ bytes: 4, size: 100, values: 9, first: 0 }]);
  });

  it.each([
    [{ bytes: 5 }, "has a page out of range, got page at offset 0, 5 bytes, expected 4"],
    [{ size: 1001 }, "has a page too large, got page at offset 0, 1001 bytes, expected at most 1000"],
    [{ values: 2 ** 21 }, "has a page too full, got page at offset 0, 2097152 values"],
    [{ values: 8 }, "has pages that do not add up, got 8 values, expected 9"],
    [{ kind: 7 }, "has an unknown page, got page at offset 0, kind 7"],
  ])("refuses %j", async (lie, message) => {
    await expect(read(lie)).rejects.toThrow(message);
  });
});

describe("readRows(begin, end) and readLabels(begin, end)", () => {
  it("take no memory for rows that a footer only claims", async () => {
    const set = await openParquetImages(fileOf({ image: 6, label: 1 }, { rows: 2 ** 40 }));
    expect(set.count).toBe(2 ** 40);
    await expect(set.readRows(0, set.count)).rejects.toThrow(DataError);
    await expect(set.readLabels(0, set.count)).rejects.toThrow(DataError);
    await set.close();
  });

  it("nor does parquetImages(path)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tatami-claims-"));
    const path = join(folder, "train.parquet");
    await writeFile(path, fileOf({ image: 6, label: 1 }, { rows: 2 ** 40 }));
    await expect(parquetImages(path)).rejects.toThrow(DataError);
    await rm(folder, { recursive: true });
  });
});
