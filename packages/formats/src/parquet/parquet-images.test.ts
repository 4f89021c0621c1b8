import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { DataError, OptionError } from "tatamijs/shape";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parquetImages } from "./parquet-dataset.ts";
import { parquetFiles, parquetSplits } from "./parquet-files.ts";
import { decodeParquetImage, openParquetImages, type ParquetOptions } from "./parquet-images.ts";

const folder = fileURLToPath(new URL("../../fixtures/parquet", import.meta.url));
const fixture = (name: string): string => join(folder, name);

interface Expected {
  readonly labels: readonly number[];
  readonly groups: readonly number[];
  readonly sha256?: readonly string[];
  readonly pixels?: readonly unknown[];
}
const expected = JSON.parse(readFileSync(fixture("expected.json"), "utf8")).files as Readonly<Record<string, Expected>>;

const zstd = "zstdDecompressSync" in zlib;
const unread = (name: string): boolean => name.includes("lz4") || (name.includes("zstd") && !zstd);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("openParquetImages(file)", () => {
  const encoded = Object.keys(expected).filter((name) => expected[name]!.sha256 !== undefined && !unread(name));
  it.each(encoded)("reads the images and labels that pyarrow wrote into %s, whole and row by row", async (name) => {
    const { labels, groups, sha256: hashes } = expected[name]!;
    const set = await openParquetImages(fixture(name));
    expect(set.count).toBe(labels.length);
    expect(set.groups.map(({ rows }) => rows)).toEqual(groups);
    const rows = await set.readRows(0, set.count);
    expect([...rows.labels]).toEqual(labels);
    expect(rows.images.map(sha256)).toEqual(hashes);
    for (let row = set.count - 1; row >= 0; row--) {
      const { images, labels: one } = await set.readRows(row, row + 1);
      expect([images.map(sha256), [...one]]).toEqual([[hashes![row]], [labels[row]]]);
    }
    await set.close();
  });

  it.runIf(!zstd)("says which Node reads zstd, where this one does not", async () => {
    await expect(openParquetImages(fixture("struct-zstd.parquet"))).rejects.toThrow(
      `struct-zstd.parquet is compressed with zstd, got Node ${process.versions.node}, expected Node 22.15 or later`,
    );
  });

  it("tells count, classes and row groups from the footer, whatever the pages hold", async () => {
    const set = await openParquetImages(fixture("struct-snappy.parquet"));
    expect(set).toMatchObject({
      count: 10,
      classes: 3,
      classNames: ["cat", "dog", "名前"],
      columns: { image: "image", label: "label" },
      pixels: null,
      groups: [
        { file: 0, index: 0, begin: 0, rows: 4 },
        { file: 0, index: 1, begin: 4, rows: 4 },
        { file: 0, index: 2, begin: 8, rows: 2 },
      ],
    });
    const image = decodeParquetImage((await set.readRows(3, 4)).images[0]!, set.pixels);
    expect(image).toMatchObject({ width: 5, height: 4, channels: 1 });
    expect([...image.data.subarray(0, 6)]).toEqual([111, 114, 117, 120, 123, 116]);
    // no names: the statistics of the column know the largest label
    expect(await openParquetImages(fixture("binary.parquet"))).toMatchObject({
      classes: 3,
      classNames: null,
      columns: { image: "img" },
    });
    await set.close();
  });

  it.each(["list.parquet", "list-deltas.parquet", "fixed-list.parquet", "array-3d.parquet", "planes.parquet"])(
    "reads the pixels in the lists of %s",
    async (name) => {
      const { labels, pixels } = expected[name]!;
      const set = await openParquetImages(fixture(name));
      const rows = await set.readRows(0, set.count);
      expect([...rows.labels]).toEqual(labels);
      expect(rows.images.map((bytes) => [...bytes])).toEqual(pixels!.map((row) => (row as unknown[]).flat(3)));
      expect((await set.readRows(1, 2)).images[0]).toEqual(rows.images[1]);
    },
  );

  it("tells how pixels lie from the lengths of the lists", async () => {
    const flat = await openParquetImages(fixture("list.parquet"));
    expect(flat.pixels).toEqual({ channels: 1, height: 3, width: 3, order: "HWC" });
    const array = await openParquetImages(fixture("array-3d.parquet"));
    expect(array.pixels).toEqual({ channels: 3, height: 4, width: 2, order: "HWC" });
    const planes = await openParquetImages(fixture("planes.parquet"));
    expect(planes.pixels).toEqual({ channels: 3, height: 4, width: 2, order: "CHW" });
    // both hold the same images
    const decode = async (set: typeof array) => decodeParquetImage((await set.readRows(1, 2)).images[0]!, set.pixels);
    expect(await decode(planes)).toEqual(await decode(array));
  });

  it("takes bytes as pixels where their shape is given", async () => {
    const set = await openParquetImages(fixture("required.parquet"), { pixelShape: [1, 3, 4] });
    const image = decodeParquetImage((await set.readRows(2, 3)).images[0]!, set.pixels);
    expect(image).toMatchObject({ channels: 1, height: 3, width: 4 });
    expect([...image.data.subarray(0, 3)]).toEqual([74, 77, 80]);
    const colours: ParquetOptions = { pixelShape: [3, 2, 2] };
    await expect(openParquetImages(fixture("required.parquet"), colours)).rejects.toThrow("whose order is not told");
  });

  it("reads several files as one set", async () => {
    const names = ["struct-snappy.parquet", "struct-gzip.parquet"];
    const set = await openParquetImages(names.map(fixture));
    expect(set.count).toBe(14);
    const { images, labels } = await set.readRows(9, 13);
    const hashes = names.flatMap((name) => expected[name]!.sha256!);
    expect(images.map(sha256)).toEqual(hashes.slice(9, 13));
    expect([...labels]).toEqual(names.flatMap((name) => expected[name]!.labels).slice(9, 13));
    await set.close();
    await expect(openParquetImages([fixture(names[0]!), fixture("binary.parquet")])).rejects.toThrow(
      "binary.parquet has other columns or classes",
    );
    await expect(openParquetImages([])).rejects.toThrow(OptionError);
  });

  it("reads three thousand rows that are one image", async () => {
    const set = await openParquetImages(fixture("one-class.parquet"));
    const { images, labels } = await set.readRows(100, 3000);
    expect(new Set(images.map(sha256)).size).toBe(1);
    expect(labels).toHaveLength(2900);
  });

  it.each([
    ["null-image.parquet", "lacks a value, got none in image.bytes, value 0 of its row group, in the page at offset"],
    ["null-label.parquet", "lacks a value, got none in label, value 1 of its row group, in the page at offset"],
    ["unlabelled.parquet", "has a label out of range, got -1 in row 1, expected 0 to"],
    ["ragged.parquet", "has lists of other lengths, got 3.5 values a row, expected lists of one length"],
    ["ragged-evenly.parquet", "has lists of other lengths, got a list that ends at value 3 of image"],
    ["no-image.parquet", "has no column of images, got columns text, label, expected image or img"],
    ["text-label.parquet", "has labels of another type, got BYTE_ARRAY label, expected whole numbers"],
    [
      "struct-lz4.parquet",
      "is compressed otherwise, got LZ4_RAW, expected snappy, gzip, brotli, zstd or no compression",
    ],
  ])("refuses %s", async (name, message) => {
    const read = async () => {
      const set = await openParquetImages(fixture(name), name.startsWith("ragged") ? { pixelShape: [1, 2, 2] } : {});
      return set.readRows(0, set.count);
    };
    await expect(read()).rejects.toThrow(DataError);
    await expect(read()).rejects.toThrow(message);
  });

  it("finds what bytes with a checksum have become", async () => {
    const bytes = readFileSync(fixture("checksums.parquet"));
    const at = bytes.indexOf("IDAT");
    bytes[at + 6]! ^= 1;
    const set = await openParquetImages(bytes);
    await expect(set.readRows(0, 3)).rejects.toThrow("has a damaged page, got checksum");
  });
});

describe("parquetImages(path)", () => {
  it("makes a data set of the rows, with the names of the classes", async () => {
    const set = await parquetImages(fixture("struct-snappy.parquet"));
    expect(set).toMatchObject({ classes: 3, classNames: ["cat", "dog", "名前"], imageShape: [1, 4, 5] });
    expect([...set.labels]).toEqual(expected["struct-snappy.parquet"]!.labels);
    expect([...set.images.subarray(20, 23)]).toEqual([37, 40, 43].map((value) => Math.fround(value / 255)));
    const planes = await parquetImages(fixture("planes.parquet"), { limit: 1 });
    expect(planes).toMatchObject({ imageShape: [3, 4, 2], classNames: ["0", "1"] });
    const lists = expected["planes.parquet"]!.pixels![0] as number[][][];
    expect([...planes.images]).toEqual(lists.flat(2).map((value) => Math.fround(value / 255)));
    const scaled = await parquetImages(fixture("planes.parquet"), { imageShape: [1, 2, 2] });
    expect(scaled.images).toHaveLength(8);
    await expect(parquetImages(fixture("planes.parquet"), { limit: 0 })).rejects.toThrow(OptionError);
  });
});

describe("parquetFiles(folder, split)", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "tatami-parquet-"));
    const source = fixture("struct-snappy.parquet");
    for (const name of ["train-00001-of-00002", "train-00000-of-00002", "test-00000-of-00001"]) {
      await cp(source, join(root, "set", "data", `${name}.parquet`));
    }
    await cp(source, join(root, "plain", "default", "train", "0000.parquet"));
    await writeFile(join(root, "plain", "README.md"), "");
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it("takes the shards of a split in the order of their names", async () => {
    const directory = join(root, "set");
    expect(await parquetSplits(directory)).toEqual(["test", "train"]);
    expect(await parquetFiles(directory, "train")).toEqual(
      [0, 1].map((shard) => join(directory, "data", `train-0000${shard}-of-00002.parquet`)),
    );
    await expect(parquetFiles(directory)).rejects.toThrow("holds several splits, got test, train");
    await expect(parquetFiles(directory, "validation")).rejects.toThrow("has no validation files");
    const plain = join(root, "plain");
    expect(await parquetFiles(plain)).toEqual([join(plain, "default", "train", "0000.parquet")]);
    expect(await parquetFiles(fixture("list.parquet"))).toEqual([fixture("list.parquet")]);
    await expect(parquetFiles(join(root, "none"))).rejects.toThrow(DataError);
  });

  it("refuses links that lead out", async () => {
    const directory = join(root, "linked");
    await cp(fixture("list.parquet"), join(directory, "a.parquet"));
    await symlink(fixture("list.parquet"), join(directory, "b.parquet"));
    await expect(parquetFiles(directory)).rejects.toThrow("has a link that leads out, got b.parquet");
  });
});
