// The test images a model gets wrong, the ones it was surest of first.
import { type ChannelStatistics, sequential } from "tatamijs/data";
import type { Module } from "tatamijs/nn";
import { isStream } from "tatamijs/streams";
import { type Data, predict } from "tatamijs/train";

export interface Mistake {
  /** [C, H, W] in [0, 1]; empty for those that nobody looks at */
  readonly pixels: Float32Array;
  readonly label: number;
  readonly predicted: number;
  /** that the model gave to what it predicted */
  readonly probability: number;
}

/** So many are looked at. */
const shown = 16;

export interface MistakeOptions {
  /** default: the current one */
  readonly backend?: string | undefined;
  /** of the images, to be undone */
  readonly normalization?: ChannelStatistics | null | undefined;
}

export async function mistakesOf(
  model: Module,
  test: Data,
  { backend, normalization = null }: MistakeOptions = {},
): Promise<Mistake[]> {
  const { labels, probabilities, classes } = await predict(model, test, { backend });
  const wrong = Array.from(labels, (predicted, index) => ({
    index,
    label: test.labels[index],
    predicted,
    probability: probabilities[index * classes + predicted],
  }))
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.probability - a.probability);
  const pixels = await pixelsOf(
    test,
    Int32Array.from(wrong.slice(0, shown), ({ index }) => index),
    normalization,
  );
  return wrong.map(({ index: _index, ...mistake }, place) => ({
    ...mistake,
    pixels: pixels[place] ?? new Float32Array(),
  }));
}

async function pixelsOf(
  data: Data,
  indices: Int32Array,
  normalization: ChannelStatistics | null,
): Promise<readonly Float32Array[]> {
  if (indices.length === 0) return [];
  const [channels, height, width] = data.imageShape;
  const size = channels * height * width;
  const cut = (images: Float32Array, place: number): Float32Array => images.slice(place * size, (place + 1) * size);
  let images: Float32Array[];
  if (isStream(data)) {
    const reader = data.subset(indices).read(sequential(indices.length, { batchSize: indices.length }));
    const batch = await reader.next().finally(() => reader.close());
    images = Array.from(indices, (_, place) => cut(batch, place));
  } else images = Array.from(indices, (index) => cut(data.images, index));
  if (normalization === null) return images;
  const { mean, std } = normalization;
  return images.map((pixels) =>
    pixels.map((pixel, at) => {
      const channel = Math.floor(at / (height * width));
      return Math.min(1, Math.max(0, pixel * std[channel] + mean[channel]));
    }),
  );
}
