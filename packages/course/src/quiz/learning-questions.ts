// Optimisers by hand and on surfaces, mini-batches, and batch normalisation.

import { gradients } from "tatamijs/autodiff";
import { arrayDataset, take } from "tatamijs/data";
import { add, batchNorm, batchStatistics, mul, square, tensor } from "tatamijs/ops";
import type { Random } from "tatamijs/random";
import { type Tensor, Variable } from "tatamijs/tensor";
import { trajectory } from "../exercises/surfaces.ts";
import { type OptimizerName, optimizers } from "../nets/optimizers.ts";
import { choiceQuestion, numeric, type Question, same, type Words } from "./question.ts";

/** The value after steps with these gradients, by the library's optimiser. */
async function after(name: OptimizerName, rate: number, start: number, slopes: readonly number[]): Promise<number> {
  const w = new Variable([], "float32", [start]);
  const optimizer = optimizers[name].create([w], rate);
  for (const slope of slopes) optimizer.step([tensor(slope)]);
  return w.item();
}

interface Steps {
  readonly w: number;
  readonly g: number;
  readonly lr: number;
}

const steps = (random: Random): Steps => ({
  w: random.integer(10) + 1,
  g: (random.integer(9) + 1) / 2,
  lr: [0.1, 0.01, 0.5][random.integer(3)],
});

const update = (
  id: string,
  name: OptimizerName,
  count: number,
  title: Words,
  stated: (values: Steps) => number,
  formula: string,
): Question =>
  numeric({
    id,
    topic: "learning",
    draw: steps,
    ask: ({ w, g, lr }) => ({
      en: `${title.en}: w = ${w}, learning rate ${lr}, gradient ${g}${count > 1 ? ` in each of ${count} steps` : ""}. What is w ${count > 1 ? "then" : "after one step"}?`,
      ja: `${title.ja}: w = ${w}, 学習率 ${lr}, 勾配 ${g}${count > 1 ? ` (${count} 回とも)` : ""}. 更新後の w は？`,
    }),
    stated,
    computed: ({ w, g, lr }) =>
      after(
        name,
        lr,
        w,
        Array.from({ length: count }, () => g),
      ),
    because: (_values, value) => ({
      en: `${formula}; the library's optimiser gives ${value.toFixed(4)}`,
      ja: `${formula}. ライブラリの結果は ${value.toFixed(4)}`,
    }),
    tolerance: 0.001,
  });

interface Trait {
  /** lowest value after 30 steps on the book's surface */
  readonly value: number;
  /** share of the path that goes across the valley */
  readonly across: number;
}

const book = {
  f: (x: Tensor, y: Tensor) => add(mul(square(x), 1 / 20), square(y)),
  start: [-7, 2] as const,
};

async function traitOf(name: OptimizerName, rate: number): Promise<Trait> {
  const points = await trajectory(book, name, rate, 30);
  const moves = points
    .slice(1)
    .map(([x, y], index) => [Math.abs(x - points[index][0]), Math.abs(y - points[index][1])]);
  const [along, across] = [0, 1].map((axis) => moves.reduce((total, move) => total + move[axis], 0));
  const [x, y] = points.at(-1)!;
  return { value: (x * x) / 20 + y * y, across: across / (along + across) };
}

/** The four hundredth step against the two hundredth, where the gradient is 1 all the way. */
async function shrinking(name: OptimizerName): Promise<number> {
  const slope = { f: (x: Tensor, y: Tensor) => add(x, mul(y, 0)), start: [0, 0] as const };
  const points = await trajectory(slope, name, 0.1, 400);
  const step = (count: number): number => points[count][0] - points[count - 1][0];
  return step(400) / step(200);
}

export const learningQuestions: readonly Question[] = [
  update("sgd-step", "sgd", 1, same("SGD"), ({ w, g, lr }) => w - lr * g, "w − lr · g"),
  update(
    "momentum-step",
    "momentum",
    2,
    { en: "Momentum .9", ja: "Momentum (.9)" },
    ({ w, g, lr }) => w - lr * g * (1 + 1.9),
    "v₁ = g, v₂ = .9g + g = 1.9g; w − lr · (g + 1.9g)",
  ),
  update(
    "nesterov-step",
    "nesterov",
    1,
    { en: "Nesterov's momentum .9", ja: "Nesterov (.9)" },
    ({ w, g, lr }) => w - lr * g * 1.9,
    "v = g; w − lr · (g + .9v)",
  ),
  update(
    "adagrad-step",
    "adagrad",
    1,
    { en: "AdaGrad, whose sum starts at 1e-4", ja: "AdaGrad (h の初期値 1e-4)" },
    ({ w, g, lr }) => w - (lr * g) / Math.sqrt(1e-4 + g * g),
    "w − lr · g/√(1e-4 + g²), about w − lr",
  ),
  update(
    "rmsprop-step",
    "rmsprop",
    1,
    { en: "RMSProp with decay .99", ja: "RMSProp (減衰 .99)" },
    ({ w, lr }) => w - lr * 10,
    "h = .01g²; w − lr · g/(.1g) = w − 10 lr",
  ),
  update("adam-step", "adam", 1, same("Adam"), ({ w, lr }) => w - lr, "m̂ = g, v̂ = g²; w − lr · g/√g² = w − lr"),
  choiceQuestion({
    id: "mini-batch",
    topic: "learning",
    page: 36,
    ask: {
      en: "for i in range(0, len(data_x), batch): what is the mini-batch?",
      ja: "for i in range(0, len(data_x), batch): のミニバッチの取り出しは？",
    },
    options: (
      [
        ["data_x[i:i_end], data_t[i:i_end]", (i: number, end: number) => [i, end]],
        ["data_x[:i_end], data_t[:i_end]", (_i: number, end: number) => [0, end]],
        ["data_x[i:], data_t[i:]", (i: number) => [i, 10]],
      ] as const
    ).map(([code, range]) => ({
      text: same(code),
      judge: async () => {
        const all = arrayDataset({
          images: Float32Array.from({ length: 10 }, (_, index) => index),
          labels: new Int32Array(10),
          imageShape: [1, 1, 1],
        });
        const batches = [0, 4, 8].map((i) => {
          const [begin, end] = range(i, Math.min(i + 4, 10));
          return [...take(all, end - begin, begin).images];
        });
        return {
          holds: batches.every((batch) => batch.length <= 4) && batches.flat().join() === "0,1,2,3,4,5,6,7,8,9",
          because: {
            en: `10 samples in fours: ${JSON.stringify(batches)}`,
            ja: `10 個を 4 個ずつ: ${JSON.stringify(batches)}`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  choiceQuestion({
    id: "traits",
    topic: "learning",
    page: 44,
    ask: {
      en: "Whose steps die out although the gradient stays the same?",
      ja: "勾配が一定でも更新量が小さくなっていく手法は？",
    },
    options: (["adagrad", "momentum", "rmsprop"] as const).map((name) => ({
      text: same(name),
      judge: async () => {
        const ratio = await shrinking(name);
        return {
          holds: ratio < 0.8,
          because: {
            en: `with a gradient of 1, ${name}'s 400th step is ${ratio.toPrecision(2)} times its 200th (AdaGrad: good on gentle slopes, stuck at saddles; RMSProp forgets; momentum gathers speed in a valley)`,
            ja: `勾配 1 のとき ${name} の 400 回目の更新は 200 回目の ${ratio.toPrecision(2)} 倍 (AdaGrad は緩やかな斜面に強く鞍点に弱い. RMSProp は過去を忘れる. Momentum は谷で加速する)`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  choiceQuestion({
    id: "zigzag",
    topic: "learning",
    ask: {
      en: "On x²/20 + y² a path jumps from side to side of the valley all the way. Whose is it?",
      ja: "x²/20 + y² の谷を左右に大きく跳ねながら進む軌跡はどの手法？",
    },
    options: (
      [
        ["sgd", 0.95],
        ["adagrad", 1.5],
        ["rmsprop", 0.1],
      ] as const
    ).map(([name, rate]) => ({
      text: same(`${name}, lr ${rate}`),
      judge: async () => {
        const { across, value } = await traitOf(name, rate);
        return {
          holds: across > 0.6,
          because: {
            en: `${Math.round(across * 100)} % of ${name}'s path goes across the valley; it ends at ${value.toPrecision(2)}`,
            ja: `${name} の移動の ${Math.round(across * 100)} % が谷を横切る方向. 30 歩後の値は ${value.toPrecision(2)}`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  numeric({
    id: "batch-norm-value",
    topic: "learning",
    draw: (random) => ({ a: random.integer(10), b: random.integer(10) + 11 }),
    ask: ({ a, b }) => ({
      en: `Batch normalisation of a batch of two values, ${a} and ${b} (γ = 1, β = 0): what becomes of ${b}?`,
      ja: `2 個の値 ${a}, ${b} のバッチを正規化すると (γ = 1, β = 0), ${b} はいくつになる？`,
    }),
    stated: () => 1,
    computed: async ({ a, b }) => {
      const x = tensor([a, b], [2, 1]);
      return (await batchNorm(x, { ...batchStatistics(x), eps: 1e-6 }).data())[1];
    },
    because: ({ a, b }, value) => ({
      en: `mean ${(a + b) / 2}, standard deviation ${(b - a) / 2}: ${value.toFixed(4)}`,
      ja: `平均 ${(a + b) / 2}, 標準偏差 ${(b - a) / 2}: ${value.toFixed(4)}`,
    }),
    tolerance: 0.001,
  }),
  choiceQuestion({
    id: "batch-norm-effects",
    topic: "learning",
    page: 31,
    ask: { en: "What does batch normalisation do to the input of a layer?", ja: "バッチ正規化は層の入力をどうする？" },
    options: [
      {
        text: {
          en: "keeps its mean and spread, so learning is faster and stabler, and overfits less",
          ja: "平均と分散を一定に保ち, 学習が速く安定し, 過学習も抑える",
        },
        judge: async () => {
          const [mean, std] = await momentsAfterNorm();
          return {
            holds: Math.abs(mean) < 1e-4 && Math.abs(std - 1) < 1e-3,
            because: {
              en: `values around 50 ± 20 come out with mean ${mean.toFixed(4)} and standard deviation ${std.toFixed(4)}; exercises 2_3 and bn-scales show the effect`,
              ja: `50 ± 20 の値が平均 ${mean.toFixed(4)}, 標準偏差 ${std.toFixed(4)} になる. 効果は演習 2_3 と bn-scales`,
            },
          };
        },
      },
      {
        text: { en: "brings it between 0 and 1", ja: "0 から 1 の範囲にする" },
        judge: async () => {
          const [, , low, high] = await momentsAfterNorm();
          return {
            holds: low >= 0 && high <= 1,
            because: {
              en: `the same values lie between ${low.toFixed(2)} and ${high.toFixed(2)}`,
              ja: `同じ値は ${low.toFixed(2)} から ${high.toFixed(2)} の範囲になる`,
            },
          };
        },
      },
      {
        text: { en: "sets a part of it to 0", ja: "一部を 0 にする" },
        judge: async () => {
          const [, , , , zeros] = await momentsAfterNorm();
          return {
            holds: zeros > 0,
            because: {
              en: `${zeros} of 100 values are 0; that is dropout`,
              ja: `0 になった値は 100 個中 ${zeros} 個. それはドロップアウト`,
            },
          };
        },
      },
    ],
  }),
  numeric({
    id: "minimum-rate",
    topic: "learning",
    draw: (random) => random.integer(8) + 2,
    ask: (curvature) => ({
      en: `L = ${curvature}w²/2. Which learning rate reaches the minimum in one step of SGD?`,
      ja: `L = ${curvature}w²/2 のとき, SGD 1 回で最小値に届く学習率は？`,
    }),
    stated: (curvature) => 1 / curvature,
    computed: async (curvature) => {
      const w = tensor(3);
      const [slope] = gradients(mul(square(w), curvature / 2), [w]);
      return 3 / (await slope.item());
    },
    because: (curvature, value) => same(`w − lr · ${curvature}w = 0, lr = 1/${curvature} = ${value.toFixed(4)}`),
    tolerance: 0.005,
  }),
];

async function momentsAfterNorm(): Promise<[mean: number, std: number, low: number, high: number, zeros: number]> {
  const x = tensor(
    Float32Array.from({ length: 100 }, (_, index) => 50 + 20 * Math.sin(index * index)),
    [100, 1],
  );
  const out = [...(await batchNorm(x, { ...batchStatistics(x), eps: 1e-6 }).data())];
  const mean = out.reduce((total, value) => total + value, 0) / out.length;
  const std = Math.sqrt(out.reduce((total, value) => total + (value - mean) ** 2, 0) / out.length);
  return [mean, std, Math.min(...out), Math.max(...out), out.filter((value) => value === 0).length];
}
