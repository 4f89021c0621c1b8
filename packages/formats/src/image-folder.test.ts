import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePng } from "tatamijs/formats";
import { DataError, OptionError } from "tatamijs/shape";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar, cifarFromBytes } from "./cifar.ts";
import { imageFolder } from "./image-folder.ts";

let root = "";

const dot = (value: number, width = 2): Uint8Array =>
  writePng({ width, height: 2, channels: 1, pixels: new Uint8Array(2 * width).fill(value) });

async function folder(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const directory = join(root, name);
  for (const [file, bytes] of Object.entries(files)) {
    await mkdir(join(directory, file, ".."), { recursive: true });
    await writeFile(join(directory, file), bytes);
  }
  return directory;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tatami-folder-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("imageFolder(directory)", () => {
  it("takes classes and images in the order of their names and passes over the rest", async () => {
    const directory = await folder("pets", {
      "dog/b.png": dot(51),
      "dog/a.PNG": dot(102),
      "cat/c.png": dot(255),
      "cat/notes.txt": dot(0),
      ".hidden/x.png": dot(0),
      "LICENCE.txt": dot(0),
    });
    const set = await imageFolder(directory);
    expect(set).toMatchObject({ classNames: ["cat", "dog"], classes: 2, imageShape: [1, 2, 2] });
    expect(set.paths).toEqual([join("cat", "c.png"), join("dog", "a.PNG"), join("dog", "b.png")]);
    expect([...set.labels]).toEqual([0, 1, 1]);
    expect([0, 4, 8].map((index) => set.images[index])).toEqual([1, 0.4, 0.2].map(Math.fround));
    expect((await imageFolder(directory, { limitPerClass: 1 })).paths).toHaveLength(2);
    await expect(imageFolder(directory, { limitPerClass: 0 })).rejects.toThrow(OptionError);
  });

  it("numbers classes as it is told", async () => {
    const directory = await folder("numbered", { "a/1.png": dot(255), "c/1.png": dot(0) });
    const set = await imageFolder(directory, { classNames: ["c", "b", "a"] });
    expect(set).toMatchObject({ classes: 3, classNames: ["c", "b", "a"], labels: Int32Array.of(2, 0) });
    await expect(imageFolder(directory, { classNames: ["a", "b"] })).rejects.toThrow(
      `imageFolder: ${directory} has a class of no number, got c, expected a, b`,
    );
  });

  it("wants one shape, or brings all to one", async () => {
    const directory = await folder("mixed", { "a/1.png": dot(255), "a/2.png": dot(255, 3) });
    const path = join(directory, "a", "2.png");
    await expect(imageFolder(directory)).rejects.toThrow(
      `imageFolder: ${path} is of another shape, got [1, 2, 3], expected [1, 2, 2] of ${join("a", "1.png")}`,
    );
    const set = await imageFolder(directory, { imageShape: [3, 4, 4] });
    expect(set.images).toEqual(new Float32Array(2 * 48).fill(1));
  });

  it("refuses links that lead out, damaged images and folders without any", async () => {
    const directory = await folder("linked", { "a/1.png": dot(1) });
    await folder("outside", { "secret.png": dot(1) });
    await symlink(join(root, "outside", "secret.png"), join(directory, "a", "2.png"));
    await expect(imageFolder(directory)).rejects.toThrow(/has a link that leads out, got .*2\.png to .*secret\.png/);
    const damaged = await folder("damaged", { "a/1.png": dot(1).subarray(0, 40) });
    await expect(imageFolder(damaged)).rejects.toThrow(`png: ${join(damaged, "a", "1.png")} is truncated`);
    await expect(imageFolder(await folder("empty", { "a/x.txt": dot(1) }))).rejects.toThrow("holds no images");
    await expect(imageFolder(join(root, "none"))).rejects.toThrow(DataError);
  });
});

describe("cifar({directory, split})", () => {
  const record = (labels: readonly number[], value: number): Uint8Array =>
    Uint8Array.from([...labels, ...new Array<number>(3072).fill(value)]);

  it("reads CIFAR-10's batches in order, with the names of the classes", async () => {
    const names = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
    const directory = await folder("cifar-10", {
      "data_batch_1.bin": record([3], 255),
      "data_batch_2.bin": record([9], 0),
      "test_batch.bin": record([1], 51),
      "batches.meta.txt": Buffer.from(`${names.join("\n")}\n\n`),
    });
    const train = await cifar({ directory, split: "train" });
    expect(train).toMatchObject({ classNames: names, classes: 10, imageShape: [3, 32, 32] });
    expect([...train.labels]).toEqual([3, 9]);
    expect([train.images[0], train.images[3072]]).toEqual([1, 0]);
    expect([...(await cifar({ directory, split: "test" })).labels]).toEqual([1]);
  });

  it("reads CIFAR-100's coarse and fine labels", () => {
    const bytes = record([7, 99], 1);
    expect([...cifarFromBytes(bytes, { kind: "cifar-100" }).labels]).toEqual([99]);
    expect(cifarFromBytes(bytes, { kind: "cifar-100", labels: "coarse" })).toMatchObject({
      labels: Int32Array.of(7),
      classes: 20,
    });
  });

  it("refuses parts of records, labels out of range and missing files", async () => {
    const bytes = record([10], 1);
    expect(() => cifarFromBytes(bytes)).toThrow("has a label out of range at offset 0, got 10, expected 0 to 9");
    expect(() => cifarFromBytes(bytes.subarray(1))).toThrow("is cut in a record at offset 0, got 3072 bytes");
    expect(() => cifarFromBytes(new Uint8Array())).toThrow(DataError);
    expect(() => cifarFromBytes(bytes, { limit: 0.5 })).toThrow(OptionError);
    await expect(cifar({ directory: root, split: "train" })).rejects.toThrow("has no train files, got none");
  });
});
