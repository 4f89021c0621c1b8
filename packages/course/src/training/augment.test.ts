import { Flatten, Linear, Sequential } from "tatamijs/nn";
import { tensor } from "tatamijs/ops";
import { setBackend } from "tatamijs/tensor";
import { expect, it } from "vitest";
import { Augment, type AugmentValues, withAugmentation } from "./augment.ts";

setBackend("reference");

const off: AugmentValues = { shift: 0, rotate: 0, flip: false, crop: 28, erase: 0 };
const side = 28;
const image = Float32Array.from({ length: side * side }, (_, index) => index + 1);

async function augmented(
  values: Partial<AugmentValues>,
  seed: number,
  count = 1,
  training = true,
): Promise<number[][]> {
  const layer = new Sequential(new Augment({ ...off, ...values })).initialize(seed).train(training);
  const images = Float32Array.from({ length: count * image.length }, (_, index) => image[index % image.length]);
  const out = await layer.call(tensor(images, [count, 1, side, side])).data();
  return Array.from({ length: count }, (_, index) => [...out.slice(index * image.length, (index + 1) * image.length)]);
}

const at = (pixels: readonly number[], row: number, column: number): number => pixels[row * side + column];

it("Augment({}) and Augment(values).eval() change nothing", async () => {
  expect((await augmented({}, 1))[0]).toEqual([...image]);
  expect((await augmented({ shift: 3, flip: true }, 1, 1, false))[0]).toEqual([...image]);
});

it("Augment({shift}) moves each image by whole pixels, at most so many, by a draw of its own", async () => {
  const moves = (await augmented({ shift: 2 }, 5, 40)).map((pixels) => {
    const middle = at(pixels, 14, 14) - 1;
    const [row, column] = [Math.floor(middle / side), middle % side];
    for (let r = 2; r < 26; r++) {
      for (let c = 2; c < 26; c++) expect(at(pixels, r, c)).toBe(at([...image], r + row - 14, c + column - 14));
    }
    return [14 - row, 14 - column];
  });
  expect(new Set(moves.flat())).toEqual(new Set([-2, -1, 0, 1, 2]));
  expect(new Set(moves.map(String)).size).toBeGreaterThan(10);
});

it("Augment({shift}) fills in 0 from outside", async () => {
  const images = await augmented({ shift: 5 }, 2, 20);
  expect(images.some((pixels) => pixels.includes(0))).toBe(true);
});

it("Augment({flip}) mirrors about half of the images", async () => {
  const images = await augmented({ flip: true }, 3, 60);
  const mirrored = images.filter((pixels) => pixels[0] === side).length;
  const kept = images.filter((pixels) => pixels[0] === 1).length;
  expect(mirrored + kept).toBe(60);
  expect(Math.abs(mirrored - 30)).toBeLessThan(16);
  const one = images.find((pixels) => pixels[0] === side)!;
  expect(one.slice(0, side)).toEqual([...image.slice(0, side)].reverse());
});

it("Augment({erase}) blots out one square", async () => {
  for (const pixels of await augmented({ erase: 6 }, 4, 10)) {
    expect(pixels.filter((value) => value === 0)).toHaveLength(36);
    expect(pixels.every((value, index) => value === 0 || value === image[index])).toBe(true);
  }
});

it("Augment({crop}) enlarges a part", async () => {
  for (const pixels of await augmented({ crop: 14 }, 6, 10)) {
    const rows = new Set(pixels.map((value) => Math.floor((value - 1) / side)));
    expect(rows.size).toBeLessThanOrEqual(15);
    expect(pixels.includes(0)).toBe(false);
  }
});

it("Augment({rotate}) keeps the middle and turns by the angle drawn", async () => {
  for (const pixels of await augmented({ rotate: 180 }, 7, 10)) {
    // the four middle pixels are turned among themselves
    const middle = [at(pixels, 13, 13), at(pixels, 13, 14), at(pixels, 14, 13), at(pixels, 14, 14)];
    const original = [at([...image], 13, 13), at([...image], 13, 14), at([...image], 14, 13), at([...image], 14, 14)];
    expect(middle.every((value) => original.includes(value))).toBe(true);
  }
});

it("withAugmentation(model, values, seed) leaves what the model starts from, and the model itself where nothing is set", async () => {
  const model = new Sequential(new Flatten(), new Linear(784, 2)).initialize(1);
  expect(withAugmentation(model, off, 1)).toBe(model);
  const before = await model.stateDict();
  const front = withAugmentation(model, { ...off, shift: 3 }, 1).train();
  expect(await model.stateDict()).toEqual(before);
  const x = tensor(image, [1, 1, side, side]);
  const plain = [...(await model.call(x).data())];
  expect([...(await front.call(x).data())]).not.toEqual(plain);
  expect([...(await front.eval().call(x).data())]).toEqual(plain);
});

it("Augment(values) gives equal bits for equal seeds and others for the next step", async () => {
  const values = { shift: 2, rotate: 20, erase: 4, crop: 24, flip: true };
  expect(await augmented(values, 9, 3)).toEqual(await augmented(values, 9, 3));
  expect(await augmented(values, 10, 3)).not.toEqual(await augmented(values, 9, 3));
});
