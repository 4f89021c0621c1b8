import { describe, expect, it } from "vitest";
import { type Idx, type IdxValues, writeIdx } from "../formats/idx.ts";
import { readIdx } from "../formats/read-idx.ts";
import { idxDataset } from "./idx-dataset.ts";

const idx = (source: string, values: IdxValues, shape: number[], limit?: number): Promise<Idx> =>
  readIdx(writeIdx(values, shape), { source, limit });
const images = await idx("images", Uint8Array.of(0, 51, 102, 255), [2, 2, 1]);
const labels = await idx("labels", Uint8Array.of(4, 1), [2]);

describe("idxDataset(images, labels)", () => {
  it("scales images to [0, 1] and gives them a channel", () => {
    const set = idxDataset(images, labels, { name: "bars" });
    expect(set).toMatchObject({ name: "bars", imageShape: [1, 2, 1], labels: Int32Array.of(4, 1), classes: 5 });
    expect([...set.images]).toEqual([0, Math.fround(0.2), Math.fround(0.4), 1]);
  });

  it("takes images with channels and labels of any integer dtype", async () => {
    const color = await idx("images", new Uint8Array(12), [2, 3, 2, 1]);
    const set = idxDataset(color, await idx("labels", Int16Array.of(0, 999), [2]));
    expect(set).toMatchObject({ imageShape: [3, 2, 1], classes: 1000 });
  });

  it("refuses other dtypes and axes", async () => {
    expect(() => idxDataset(labels, labels)).toThrow(
      "idxDataset: labels holds no images, got uint8 [2], expected uint8 [N, H, W] or [N, C, H, W]",
    );
    expect(() => idxDataset(images, images)).toThrow(
      "idxDataset: images holds no labels, got uint8 [2, 2, 1], expected integers [N]",
    );
    const floats = await idx("floats", new Float32Array(4), [2, 2, 1]);
    expect(() => idxDataset(floats, labels)).toThrow("idxDataset: floats holds no images, got float32 [2, 2, 1]");
  });

  it("refuses files of different length, even where a limit hides it", async () => {
    const more = await idx("labels", Uint8Array.of(0, 1, 2), [3], 2);
    expect(() => idxDataset(images, more)).toThrow(
      "idxDataset: images and labels differ in number, got 2 of 2 in images and 2 of 3 in labels, expected as many",
    );
  });

  it("names the first label out of range", () => {
    expect(() => idxDataset(images, labels, { classes: 4 })).toThrow(
      "idxDataset: labels of labels are out of range, got 4 at index 0, expected integers from 0 to 3",
    );
  });
});
