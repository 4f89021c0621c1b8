// Sizes, counts and pictures of convolution and pooling.
import { gradients } from "tatamijs/autodiff";
import { Conv2d } from "tatamijs/nn";
import { col2im, conv2d, im2col, maxPool2d, ones, sum, tensor } from "tatamijs/ops";
import { SGD } from "tatamijs/optim";
import type { Random } from "tatamijs/random";
import { summarize } from "tatamijs/train";
import { alexNet } from "../nets/latest.ts";
import { outputSize, receptiveField } from "../nets/sizes.ts";
import { choiceQuestion, numeric, type Question, same } from "./question.ts";

const pick = (random: Random, low: number, high: number): number => low + random.integer(high - low + 1);

interface WindowValues {
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly padding: number;
}

const windowed = (random: Random): WindowValues => {
  const filter = pick(random, 2, 5);
  return { filter, size: filter + pick(random, 3, 30), stride: pick(random, 1, 3), padding: random.integer(3) };
};

const formula = ({ size, filter, stride, padding }: WindowValues, value: number): string =>
  `(${size} + 2·${padding} − ${filter})/${stride} + 1 → ${value}`;

/** A 3 × 4 image of two channels whose pixels say where they are. */
const picture = (): number[][][] =>
  Array.from({ length: 3 }, (_, row) =>
    Array.from({ length: 4 }, (_, column) => [row * 10 + column, 100 + row * 10 + column]),
  );

const parametersOf = (layer: Conv2d): number =>
  layer.parameters().reduce((total, parameter) => total + parameter.values().length, 0);

export const convolutionQuestions: readonly Question[] = [
  numeric({
    id: "page-100",
    topic: "convolution",
    page: 100,
    draw: () => ({ size: 6, filter: 2, stride: 1, padding: 1 }),
    ask: () => ({
      en: "6 × 6 input, 2 × 2 filter, stride 1, padding 1: how wide is the output?",
      ja: "入力 6 × 6, フィルタ 2 × 2, ストライド 1, パディング 1 の出力の幅は？",
    }),
    stated: () => 7,
    computed: () => conv2d(ones([1, 1, 6, 6]), ones([1, 1, 2, 2]), { padding: 1 }).shape[3],
    because: (values, found) => same(`(H + 2P − F)/S + 1 = ${formula(values, found)}: 7 × 7`),
    tolerance: 0,
  }),
  numeric({
    id: "conv-size",
    topic: "convolution",
    draw: windowed,
    ask: ({ size, filter, stride, padding }) => ({
      en: `${size} × ${size} input, ${filter} × ${filter} filter, stride ${stride}, padding ${padding}: how wide is the output?`,
      ja: `入力 ${size} × ${size}, フィルタ ${filter} × ${filter}, ストライド ${stride}, パディング ${padding} の出力の幅は？`,
    }),
    stated: ({ size, filter, ...options }) => outputSize(size, filter, options),
    computed: ({ size, filter, stride, padding }) =>
      conv2d(ones([1, 1, size, size]), ones([1, 1, filter, filter]), { stride, padding }).shape[3],
    because: (values, found) => ({
      en: `${formula(values, found)}, rounded down`,
      ja: `${formula(values, found)} (切り捨て)`,
    }),
    tolerance: 0,
  }),
  numeric({
    id: "pool-size",
    topic: "convolution",
    draw: (random) => ({
      size: pick(random, 8, 40),
      filter: pick(random, 2, 3),
      stride: pick(random, 1, 3),
      padding: 0,
    }),
    ask: ({ size, filter, stride }) => ({
      en: `A ${filter} × ${filter} max pool with stride ${stride} on ${size} × ${size}: how wide is the output?`,
      ja: `${size} × ${size} に ${filter} × ${filter}, ストライド ${stride} の最大プーリングをかけた出力の幅は？`,
    }),
    stated: ({ size, filter, stride }) => outputSize(size, filter, { stride }),
    computed: ({ size, filter, stride }) => maxPool2d(ones([1, 1, size, size]), filter, { stride }).shape[3],
    because: (values, found) => same(formula(values, found)),
    tolerance: 0,
  }),
  numeric({
    id: "same-padding",
    topic: "convolution",
    draw: (random) => 1 + 2 * pick(random, 1, 5),
    ask: (filter) => ({
      en: `Which padding keeps the size with a ${filter} × ${filter} filter and stride 1?`,
      ja: `フィルタ ${filter} × ${filter}, ストライド 1 でサイズを保つパディングは？`,
    }),
    stated: (filter) => (filter - 1) / 2,
    computed: (filter) =>
      Array.from({ length: filter }, (_, padding) => padding).find(
        (padding) => conv2d(ones([1, 1, 20, 20]), ones([1, 1, filter, filter]), { padding }).shape[3] === 20,
      ) ?? Number.NaN,
    because: (filter, found) => same(`P = (F − 1)/2 = (${filter} − 1)/2 = ${found}`),
    tolerance: 0,
  }),
  numeric({
    id: "conv-parameters",
    topic: "convolution",
    draw: (random) => ({ from: pick(random, 1, 64), to: pick(random, 1, 64), filter: pick(random, 1, 7) }),
    ask: ({ from, to, filter }) => ({
      en: `How many parameters has a convolution from ${from} to ${to} channels with ${filter} × ${filter} filters and biases?`,
      ja: `${from} チャネルから ${to} チャネル, フィルタ ${filter} × ${filter} の畳み込み層 (バイアスあり) のパラメータ数は？`,
    }),
    stated: ({ from, to, filter }) => to * (from * filter * filter + 1),
    computed: ({ from, to, filter }) => parametersOf(new Conv2d(from, to, filter)),
    because: ({ from, to, filter }, found) => same(`${to} · (${from} · ${filter} · ${filter} + 1) = ${found}`),
    tolerance: 0,
  }),
  numeric({
    id: "depthwise-parameters",
    topic: "convolution",
    draw: (random) => ({ from: pick(random, 4, 64), to: pick(random, 4, 64) }),
    ask: ({ from, to }) => ({
      en: `A 3 × 3 convolution from ${from} to ${to} channels is taken apart into a depthwise one and a 1 × 1 one. How many weights have they together (no biases)?`,
      ja: `${from} → ${to} チャネルの 3 × 3 畳み込みを depthwise と 1 × 1 に分けると重みは合計いくつ (バイアスなし)？`,
    }),
    stated: ({ from, to }) => 9 * from + from * to,
    computed: ({ from, to }) =>
      parametersOf(new Conv2d(from, from, 3, { groups: from, bias: false })) +
      parametersOf(new Conv2d(from, to, 1, { bias: false })),
    because: ({ from, to }, found) => ({
      en: `9 · ${from} + ${from} · ${to} = ${found}, instead of ${9 * from * to}`,
      ja: `9 · ${from} + ${from} · ${to} = ${found}. 普通の畳み込みなら ${9 * from * to}`,
    }),
    tolerance: 0,
  }),
  numeric({
    id: "multiply-adds",
    topic: "convolution",
    draw: (random) => ({ from: pick(random, 1, 8), to: pick(random, 1, 16), size: pick(random, 6, 28) }),
    ask: ({ from, to, size }) => ({
      en: `How many multiply-adds does a 3 × 3 convolution with padding 1 take, from ${from} to ${to} channels on ${size} × ${size}?`,
      ja: `${size} × ${size}, ${from} → ${to} チャネル, 3 × 3, パディング 1 の畳み込みの積和演算の回数は？`,
    }),
    stated: ({ from, to, size }) => size * size * to * from * 9,
    computed: ({ from, to, size }) => {
      const model = new Conv2d(from, to, 3, { padding: 1, bias: false }).initialize(1);
      const optimizer = new SGD(model.parameters(), { lr: 1 });
      return summarize({
        model,
        loss: (output) => sum(output),
        optimizer,
        imageShape: [from, size, size],
        batchSize: 1,
      }).multiplyAdds;
    },
    because: ({ from, to, size }, found) =>
      same(`OH · OW · K · C · F · F = ${size} · ${size} · ${to} · ${from} · 9 = ${found}`),
    tolerance: 0,
  }),
  numeric({
    id: "receptive-field",
    topic: "convolution",
    draw: (random) => ({ layers: pick(random, 2, 5), filter: 3 }),
    ask: ({ layers }) => ({
      en: `${layers} convolutions of 3 × 3 with stride 1: how wide is the part of the input that one output sees?`,
      ja: `3 × 3, ストライド 1 の畳み込みを ${layers} 層重ねた受容野の幅は？`,
    }),
    stated: ({ layers, filter }) => receptiveField(Array.from({ length: layers }, () => ({ filter }))),
    computed: async ({ layers, filter }) => {
      const x = ones([1, 1, 15, 15]);
      let y = x;
      for (let layer = 0; layer < layers; layer++) y = conv2d(y, ones([1, 1, filter, filter]));
      const [slope] = gradients(sum(y.slice([0, 0, 0, 0], [1, 1, 1, 1])), [x]);
      return (await slope.data()).filter((value, index) => index < 15 && value !== 0).length;
    },
    because: ({ layers }, found) => ({
      en: `1 + 2 · ${layers}: ${found} pixels in a row have a gradient`,
      ja: `1 + 2 · ${layers}: 勾配が 0 でない画素は横に ${found} 個`,
    }),
    tolerance: 0,
  }),
  numeric({
    id: "im2col-rows",
    topic: "convolution",
    draw: (random) => ({ images: pick(random, 1, 5), ...windowed(random) }),
    ask: ({ images, size, filter, stride, padding }) => ({
      en: `How many rows has im2col of (${images}, 1, ${size}, ${size}) with a ${filter} × ${filter} filter, stride ${stride}, padding ${padding}?`,
      ja: `(${images}, 1, ${size}, ${size}) をフィルタ ${filter} × ${filter}, ストライド ${stride}, パディング ${padding} で im2col した行数は？`,
    }),
    stated: ({ images, size, filter, ...options }) => images * outputSize(size, filter, options) ** 2,
    computed: ({ images, size, filter, stride, padding }) =>
      im2col(ones([images, 1, size, size]), filter, { stride, padding }).shape[0],
    because: ({ images }, found) => same(`N · OH · OW = ${images} · ${found / images} = ${found}`),
    tolerance: 0,
  }),
  numeric({
    id: "im2col-columns",
    topic: "convolution",
    draw: (random) => ({ channels: pick(random, 1, 16), filter: pick(random, 1, 5) }),
    ask: ({ channels, filter }) => ({
      en: `How many columns has im2col of ${channels} channels with a ${filter} × ${filter} filter?`,
      ja: `${channels} チャネル, フィルタ ${filter} × ${filter} の im2col の列数は？`,
    }),
    stated: ({ channels, filter }) => channels * filter * filter,
    computed: ({ channels, filter }) => im2col(ones([1, channels, 8, 8]), filter).shape[1],
    because: ({ channels, filter }, found) => same(`C · F · F = ${channels} · ${filter} · ${filter} = ${found}`),
    tolerance: 0,
  }),
  numeric({
    id: "col2im-overlap",
    topic: "convolution",
    draw: (random) => ({ row: random.integer(4), column: random.integer(4) }),
    ask: ({ row, column }) => ({
      en: `col2im of im2col of ones (1, 1, 4, 4), 2 × 2, stride 1: what stands in row ${row}, column ${column} (from 0)?`,
      ja: `1 だけの (1, 1, 4, 4) を 2 × 2, ストライド 1 で im2col し col2im した結果の ${row} 行 ${column} 列 (0 から) は？`,
    }),
    stated: ({ row, column }) => (row % 3 === 0 ? 1 : 2) * (column % 3 === 0 ? 1 : 2),
    computed: async ({ row, column }) => {
      const back = await col2im(im2col(ones([1, 1, 4, 4]), 2), [1, 1, 4, 4], 2).data();
      return back[row * 4 + column];
    },
    because: (_values, found) => ({
      en: `${found} patches hold this pixel, and col2im adds them up`,
      ja: `この画素を含むパッチは ${found} 個で, col2im はそれらを足し合わせる`,
    }),
    tolerance: 0,
  }),
  choiceQuestion({
    id: "crop",
    topic: "convolution",
    page: 78,
    ask: { en: "Which one cuts a part out of an image (H, W, C)?", ja: "画像 (H, W, C) の一部を切り出すのは？" },
    options: (
      [
        ["image[top:bottom, left:right, :]", (image: number[][][]) => image.slice(0, 2).map((row) => row.slice(1, 3))],
        ["image[left:right, top:bottom, :]", (image: number[][][]) => image.slice(1, 3).map((row) => row.slice(0, 2))],
        [
          "image[:, top:bottom, left:right]",
          (image: number[][][]) => image.map((row) => row.slice(0, 2).map((pixel) => pixel.slice(1, 3))),
        ],
      ] as const
    ).map(([code, cut]) => ({
      text: same(code),
      judge: async () => {
        const found = JSON.stringify(cut(picture()));
        const wanted = JSON.stringify([0, 1].map((row) => [1, 2].map((column) => picture()[row][column])));
        return {
          holds: found === wanted,
          because: {
            en: `rows 0–1 and columns 1–2 of a 3 × 4 image whose pixels say where they are: ${found}`,
            ja: `位置を値に持つ 3 × 4 の画像の 0–1 行, 1–2 列: ${found}`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  numeric({
    id: "alexnet-flatten",
    topic: "convolution",
    draw: () => null,
    ask: () => ({
      en: "AlexNet as the course draws it: how many values are flattened?",
      ja: "講座の図の AlexNet で Flatten される値の数は？",
    }),
    stated: () => 13 * 13 * 256,
    computed: () => {
      const model = alexNet({ head: "flatten", hidden: 1, classes: 2 });
      return model.parameters().filter(({ rank }) => rank === 2)[0].shape[1];
    },
    because: (_values, found) => ({
      en: `13 · 13 · 256 = ${found}; the original has a pool before: 6 · 6 · 256 = 9,216`,
      ja: `13 · 13 · 256 = ${found}. 元の論文では手前にプーリングがあり 6 · 6 · 256 = 9,216`,
    }),
    tolerance: 0,
  }),
  numeric({
    id: "max-pool",
    topic: "convolution",
    draw: (random) => Array.from({ length: 4 }, () => random.integer(10)),
    ask: (values) => ({
      en: `What is the max pool (2 × 2) of [[${values[0]}, ${values[1]}], [${values[2]}, ${values[3]}]]?`,
      ja: `[[${values[0]}, ${values[1]}], [${values[2]}, ${values[3]}]] の最大プーリング (2 × 2) は？`,
    }),
    stated: (values) => Math.max(...values),
    computed: (values) => sum(maxPool2d(tensor(values, [1, 1, 2, 2]), 2)).item(),
    because: (_values, found) => ({ en: `the largest of the four: ${found}`, ja: `4 つのうち最大: ${found}` }),
    tolerance: 0,
  }),
];
