// A small problem for the tests of train/: images whose class is the brightest of their pixels.
import { arrayDataset, type Dataset } from "../data/dataset.ts";
import { Flatten } from "../nn/flatten.ts";
import { Linear, ReLU, Sequential } from "../nn/index.ts";
import { Random } from "../random/random.ts";

/** `count` images [1, 2, 2] of four classes. */
export function brightestPixel(count: number, seed = 1): Dataset {
  const images = new Float32Array(count * 4);
  new Random(seed).uniformInto(images);
  const labels = Int32Array.from({ length: count }, (_, index) => {
    const pixels = images.subarray(index * 4, index * 4 + 4);
    return pixels.indexOf(Math.max(...pixels));
  });
  return arrayDataset({ images, labels, imageShape: [1, 2, 2], classes: 4, name: "brightest pixel" });
}

/** Flatten, 4-16, ReLU, 16-4, initialised. */
export function smallModel(seed = 1): Sequential {
  return new Sequential(new Flatten(), new Linear(4, 16), new ReLU(), new Linear(16, 4)).initialize(seed);
}
