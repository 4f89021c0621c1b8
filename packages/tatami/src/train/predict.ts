// What a model says about images: class probabilities and labels.
import type { Dataset } from "../data/dataset.ts";
import { type ImageStream, isStream } from "../data/image-stream.ts";
import { type Sampler, sequential } from "../data/sampler.ts";
import { expectCount } from "../nn/expectations.ts";
import type { Module } from "../nn/module.ts";
import { gather, softmax, stored } from "../ops/index.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape, sizeOf } from "../shape/shape.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import { BatchProgram, batchSizesOf } from "./batch-program.ts";
import { openFeed, placeFor } from "./feed.ts";
import { inMode } from "./mode.ts";

export interface PredictOptions {
  /** samples computed at once, ≥ 1: decides memory, not results; default 100 */
  batchSize?: number | undefined;
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

export interface Prediction {
  /** [N], the class with the largest score, the first of equals */
  readonly labels: Int32Array;
  /** [N, K], row-major: softmax of the scores */
  readonly probabilities: Float32Array;
  /** K */
  readonly classes: number;
}

/**
 * Classes of images, by a model that gives scores [B, K]. Dropout is off and batch normalisation uses its running
 * statistics.
 * @param data a stream, or images [N, C, H, W], row-major, with the shape [C, H, W] of one: a data set, or arrays of one's own
 * @throws ShapeError when the images are no whole number of that shape, or the model gives no scores [B, K]
 * @throws OptionError for a batchSize below 1
 */
export async function predict(
  model: Module,
  data: Pick<Dataset, "images" | "imageShape"> | ImageStream,
  options: PredictOptions = {},
): Promise<Prediction> {
  const { batchSize = 100, backend } = options;
  expectCount("predict", "batchSize", batchSize);
  const dataset = "labels" in data && isStream(data) ? data : unlabelled(data);
  const count = dataset.labels.length;
  const { name } = await loadBackend(backend);
  const batchSizes = batchSizesOf(count, batchSize);
  const place = placeFor(dataset, batchSizes[0]);
  let classes = 0;
  const program = await BatchProgram.create(batchSizes, name, (indices) =>
    inMode(model, false, () => {
      const scores = model.call(gather(stored(place.images), indices));
      if (scores.rank !== 2) {
        throw new ShapeError(
          `predict: the model gives no scores, got ${formatShape(scores.shape)}, expected [B, K]`,
          scores.shape,
        );
      }
      classes = scores.shape[1];
      return [softmax(scores, 1)];
    }),
  );
  const feed = openFeed(dataset, place, (): Sampler => sequential(count, { batchSize: batchSizes[0] }));
  try {
    const probabilities = new Float32Array(count * classes);
    for (let begin = 0; begin < count; begin += program.indices.length) {
      const length = await feed.next(program.indices);
      await program.run(length);
      probabilities.set(program.output(0).subarray(0, length * classes), begin * classes);
    }
    return { labels: largestOfRows(probabilities, classes), probabilities, classes };
  } finally {
    feed.close();
    program.dispose();
  }
}

/** Images as a data set, all of class 0. */
function unlabelled({ images, imageShape }: Pick<Dataset, "images" | "imageShape">): Dataset {
  const count = images.length / sizeOf(imageShape);
  if (!Number.isInteger(count) || count === 0) {
    throw new ShapeError(
      `predict: images do not fit their shape, got ${images.length} values, expected a multiple of ${sizeOf(imageShape)} for ${formatShape(imageShape)}`,
      imageShape,
    );
  }
  return { name: "images", images, imageShape, labels: new Int32Array(count), classes: 1 };
}

function largestOfRows(values: Float32Array, columns: number): Int32Array {
  return Int32Array.from({ length: values.length / columns }, (_, row) => {
    const cells = values.subarray(row * columns, (row + 1) * columns);
    return cells.reduce((best, value, column) => (value > cells[best] ? column : best), 0);
  });
}
