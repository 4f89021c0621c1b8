// 2_6 to 2_8: one, two and six convolutions.
import { choice, flag, integer, real } from "../frame/setting.ts";
import { deepConv, doubleConv, doubleConvWindows, simpleConv, simpleConvWindows } from "../nets/convolutional.ts";
import { initNames } from "../nets/mlp.ts";
import { nets } from "../nets/nets.ts";
import { convExercise } from "./conv-training.ts";

const init = choice("gaussian", initNames, "initial weights; xavier has standard deviation √(1/n), he √(2/n)");
const scale = real(0.01, "standard deviation of gaussian, value of constant", { max: 100 });
const hidden = integer(100, "size of the hidden layer", { max: 4096 });

const dropoutKind = choice(
  "book",
  ["book", "inverted"],
  "scaled by 1 − rate at the test, or by its inverse in training",
);

const publishedOf = (net: "simple-conv" | "double-conv" | "deep-conv", note?: string) => [
  { measure: "training accuracy", values: nets[net].published.trainAccuracy },
  { measure: "test accuracy", values: nets[net].published.testAccuracy, ...(note !== undefined && { note }) },
];

export const simpleConvNet = convExercise({
  id: "2_6",
  title: "Simple convolutional network",
  teaches:
    "A convolution looks at every place of the image with the same few weights, so it finds a stroke wherever it is. Pooling makes it matter less where exactly. With one convolution in front, the network does better on 1,000 new digits than any of the fully connected ones.",
  formula: "out[n, k, i, j] = b[k] + Σ w[k, c, u, v] · x[n, c, i·S + u − P, j·S + v − P]; OH = (H + 2P − F)/S + 1",
  settings: {
    filters: integer(30, "number of filters", { max: 512 }),
    filterSize: integer(5, "their side", { max: 28 }),
    stride: integer(1, "pixels between their places", { max: 28 }),
    padding: integer(0, "pixels of zeros around the image", { min: 0, max: 27 }),
    hidden,
    init,
    scale,
  },
  build: simpleConv,
  windows: (values) => simpleConvWindows(values).map((window) => ({ key: "filterSize", ...window })),
  quick: { variants: ["published"], seeds: 2, set: { evaluateEvery: "100" } },
  variants: [
    {
      name: "published",
      description: `30 filters of 5 × 5, pool 2, 100, 10, Adam; ${nets["simple-conv"].published.seconds} s on a hosted notebook`,
      set: {},
      published: publishedOf(
        "simple-conv",
        "The recipe gives the lower end of what was published: the same network in PyTorch reached .960 .950 .959 .962 .954.",
      ),
    },
    { name: "he", description: "with He's initial values instead of .01", set: { init: "he" }, published: [] },
    {
      name: "augmented",
      description: "the same images, each moved by up to two pixels and turned by up to ten degrees anew each time",
      set: { shift: "2", rotate: "10" },
      published: [],
    },
    {
      name: "full",
      description: "the book's run on all 60,000 images for 20 epochs, about half an hour there",
      set: { trainSize: "60000", testSize: "10000", iterations: "12000", evaluateEvery: "600" },
      published: [{ measure: "test accuracy", values: [0.9894] }],
    },
  ],
});

export const doubleConvNet = convExercise({
  id: "2_7",
  title: "Double convolutional network",
  teaches:
    "A second convolution sees what the first one found, over a larger part of the image. The course stops after 100 steps because they take long there. How far the network is from done is plain from its curve.",
  formula: "28 → 7×7, padding 1 → 24 → pool → 12 → 3×3, padding 1 → 12 → pool → 6; 20·6·6 = 720 → 100 → 10",
  settings: {
    filters: integer(10, "filters of the first convolution", { max: 512 }),
    filterSize: integer(7, "their side", { max: 28 }),
    padding: integer(1, "pixels of zeros around its input", { min: 0, max: 27 }),
    secondFilters: integer(20, "filters of the second convolution", { max: 512 }),
    secondFilterSize: integer(3, "their side", { max: 28 }),
    secondPadding: integer(1, "pixels of zeros around its input", { min: 0, max: 27 }),
    hidden,
    init,
    scale,
  },
  defaults: { iterations: 100, evaluateEvery: 10 },
  build: doubleConv,
  windows: (values) =>
    doubleConvWindows(values).map((window, index) => ({
      key: index < 2 ? "filterSize" : "secondFilterSize",
      ...window,
    })),
  quick: { variants: ["published"], seeds: 3 },
  variants: [
    {
      name: "published",
      description: "100 steps, because they are slow in the notebook",
      set: {},
      published: publishedOf("double-conv"),
    },
    {
      name: "long",
      description: "1,000 steps, as the other networks have",
      set: { iterations: "1000", evaluateEvery: "50" },
      published: [],
    },
  ],
});

export const deepConvNet = convExercise({
  id: "2_8",
  title: "Deep convolutional network",
  teaches:
    "Six small convolutions see as far as one large one with fewer weights and more activations between them. He's initial values let it learn at all. Dropout keeps it from learning by heart.",
  formula: "16-16-pool-32-32-pool-64-64-pool, all 3×3, then 50, dropout, 10, dropout",
  settings: {
    channels: integer(16, "of the first block; the others have twice and four times as many", { max: 256 }),
    hidden: { ...hidden, default: 50 },
    dropout: real(0.5, "probability of dropping a value", { max: 1, belowMax: true }),
    dropoutKind,
    dropScores: flag(true, "whether dropout is applied to the scores too"),
    fourthPadding: integer(2, "padding of the fourth convolution", { min: 0, max: 4 }),
  },
  build: deepConv,
  windows: () => [],
  quick: { variants: ["published"], seeds: 1, set: { evaluateEvery: "200" } },
  variants: [
    {
      name: "published",
      description:
        "as in the notebook: dropout on the scores, padding 2 in the fourth convolution, dropout scaled at the test",
      set: {},
      published: publishedOf("deep-conv"),
    },
    {
      name: "right",
      description: "no dropout on the scores, padding 1 throughout, inverted dropout: the right way",
      set: { dropScores: "off", fourthPadding: "1", dropoutKind: "inverted" },
      published: [],
    },
    {
      name: "full",
      description: "the book's run on all 60,000 images for 20 epochs; the book says 99 % or more",
      set: { trainSize: "60000", testSize: "10000", iterations: "12000", evaluateEvery: "600" },
      published: [{ measure: "test accuracy", values: [0.99], orMore: true }],
    },
  ],
});
