// What a convolutional network for images has learnt: its filters, what they make of an image, and where it errs.
import { type Dataset, take } from "tatamijs/data";
import { Conv2d, type Module } from "tatamijs/nn";
import { tensor } from "tatamijs/ops";
import { compile, type Tensor } from "tatamijs/tensor";
import { predict } from "tatamijs/train";
import { type Image, image, type Result } from "../frame/result.ts";
import { isActivation } from "../nets/mlp.ts";
import { mistakesOf } from "./mistakes.ts";

/** No more of them are shown. */
const most = { filters: 32, maps: 8, mistakes: 15 };

/** The first convolution's filters, on one scale with 0 in its middle. */
export function* filterImages(model: Module, group: string): Generator<Image> {
  const first = convolutionsOf(model)[0];
  if (first === undefined) return;
  const [filters, channels, height, width] = first.weight.shape;
  const values = first.weight.values() as Float32Array;
  const largest = values.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  const size = height * width;
  for (let filter = 0; filter < Math.min(filters, most.filters); filter++) {
    const begin = filter * channels * size;
    const own = values.subarray(begin, begin + size);
    yield image({ group, title: `${filter + 1}` }, own, [height, width], [-largest, largest]);
  }
}

/**
 * What the activation behind each convolution gives for one image, the first channels of it.
 * @param data its first image is looked at
 */
export async function* featureMaps(model: Module, data: Dataset): AsyncGenerator<Image> {
  const { images, imageShape } = take(data, 1);
  const look = compile((x) => {
    const seen: Tensor[] = [];
    const stops = model
      .namedModules()
      .filter(([, module]) => isActivation(module))
      .map(([, module]) => module.onForward((_module, _inputs, output) => void seen.push(output)));
    model.eval().call(x);
    for (const stop of stops) stop();
    return seen.filter(({ rank }) => rank === 4);
  });
  const [height, width] = imageShape.slice(-2) as [number, number];
  yield image(
    { group: "feature maps: the image", title: "" },
    images.subarray(0, height * width),
    [height, width],
    [0, 1],
  );
  const outputs = await look.call(tensor(images, [1, ...imageShape]));
  for (const [index, output] of outputs.entries()) {
    const values = (await output.data()) as Float32Array;
    const [, channels, rows, columns] = output.shape;
    const largest = values.reduce((found, value) => Math.max(found, value), 0);
    for (let channel = 0; channel < Math.min(channels, most.maps); channel++) {
      const own = values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
      const group = `feature maps: convolution ${index + 1}`;
      yield image({ group, title: `${channel + 1}` }, own, [rows, columns], [0, largest]);
    }
  }
  look[Symbol.dispose]();
}

/** How often each class was taken for each, and the images it was surest of among those it got wrong. */
export async function* mistakes(model: Module, test: Dataset): AsyncGenerator<Result> {
  const { labels: predicted, classes } = await predict(model, test);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [index, guess] of predicted.entries()) counts[test.labels[index]][guess]++;
  yield {
    kind: "confusion",
    title: "confusion matrix of the test images",
    classes: Array.from({ length: classes }, (_, index) => `${index}`),
    counts,
  };
  const [height, width] = test.imageShape.slice(-2) as [number, number];
  for (const { pixels, label, predicted: guess, probability } of (await mistakesOf(model, test)).slice(
    0,
    most.mistakes,
  )) {
    const title = `${label} taken for ${guess} (${Math.round(probability * 100)}\u00a0%)`;
    yield image(
      { group: "misclassified test images", title },
      pixels.subarray(0, height * width),
      [height, width],
      [0, 1],
    );
  }
}

function convolutionsOf(model: Module): Conv2d[] {
  return model.namedModules().flatMap(([, module]) => (module instanceof Conv2d ? [module] : []));
}
