// Derivatives, activations, losses and initial values.
import { gradients } from "tatamijs/autodiff";
import { Linear, Sequential } from "tatamijs/nn";
import { add, crossEntropy, mul, relu, sigmoid, square, sum, tanh, tensor } from "tatamijs/ops";
import type { Random } from "tatamijs/random";
import type { Tensor } from "tatamijs/tensor";
import { mlp } from "../nets/mlp.ts";
import { choiceQuestion, numeric, type Question, same } from "./question.ts";

const tenths = (random: Random, low: number, high: number): number =>
  (random.integer((high - low) * 10 + 1) + low * 10) / 10;

async function slopeAt(f: (x: Tensor) => Tensor, at: number): Promise<number> {
  const x = tensor([at]);
  return sum(gradients(sum(f(x)), [x])[0]).item();
}

/** The largest slope of the sigmoid on a fine grid. */
async function largestSlope(): Promise<number> {
  const x = tensor(Float32Array.from({ length: 2001 }, (_, index) => (index - 1000) / 100));
  return Math.max(...(await gradients(sum(sigmoid(x)), [x])[0].data()));
}

async function weightGradient(activation: "sigmoid" | "relu", init: "zero" | "constant"): Promise<Float32Array[]> {
  const model = mlp({ hidden: [3], activation, init, scale: 0.5, inputs: 2, classes: 2 }).initialize(1);
  const weights = model.parameters().filter(({ rank }) => rank > 1);
  const x = tensor([1, 2, -1, 0.5], [2, 2]);
  const loss = crossEntropy(model.call(x), tensor(new Int32Array([0, 0])));
  return Promise.all(gradients(loss, weights).map((gradient) => gradient.data() as Promise<Float32Array>));
}

export const derivativeQuestions: readonly Question[] = [
  numeric({
    id: "chain-rule",
    topic: "derivatives",
    page: 12,
    draw: (random) => ({ x: tenths(random, -3, 3), y: tenths(random, -3, 3) }),
    ask: ({ x, y }) => ({
      en: `z = t², t = x + y. What is dz/dx at x = ${x}, y = ${y}?`,
      ja: `z = t², t = x + y のとき, x = ${x}, y = ${y} での dz/dx は？`,
    }),
    stated: ({ x, y }) => 2 * (x + y),
    computed: async ({ x, y }) => slopeAt((v) => square(add(v, y)), x),
    because: ({ x, y }, value) => ({
      en: `dz/dx = dz/dt · dt/dx = 2t · 1 = 2(x + y) = 2 · ${(x + y).toFixed(1)}; the library's gradient is ${value.toFixed(4)}`,
      ja: `dz/dx = dz/dt · dt/dx = 2t · 1 = 2(x + y) = 2 · ${(x + y).toFixed(1)}. ライブラリの勾配は ${value.toFixed(4)}`,
    }),
  }),
  choiceQuestion({
    id: "sigmoid-slope",
    topic: "derivatives",
    page: 20,
    ask: { en: "What is the largest value of the sigmoid's derivative?", ja: "シグモイド関数の微分の最大値は？" },
    options: [0.25, 0.15, 0.35, 0.45].map((value) => ({
      text: same(String(value)),
      judge: async () => {
        const found = await largestSlope();
        return {
          holds: Math.abs(found - value) < 1e-4,
          because: {
            en: `over 2,001 points from −10 to 10 the largest slope is ${found.toFixed(4)}, at 0: .5 · (1 − .5)`,
            ja: `−10 から 10 までの 2,001 点で最大の傾きは ${found.toFixed(4)} (x = 0): .5 · (1 − .5)`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  ...(
    [
      ["sigmoid", sigmoid, (x: number) => 1 / (1 + Math.exp(-x)) / (1 + Math.exp(x)), "σ(x)(1 − σ(x))"],
      ["tanh", tanh, (x: number) => 1 - Math.tanh(x) ** 2, "1 − tanh²x"],
      ["relu", relu, (x: number) => (x > 0 ? 1 : 0), "1 (x > 0), 0 (x < 0)"],
    ] as const
  ).map(([name, f, slope, formula]) =>
    numeric({
      id: `${name}-slope-at`,
      topic: "derivatives",
      draw: (random) => tenths(random, -3, 3) || 0.5,
      ask: (x) => ({ en: `What is the derivative of ${name} at ${x}?`, ja: `${name} の x = ${x} での微分は？` }),
      stated: slope,
      computed: (x) => slopeAt(f, x),
      because: (_x, value) => ({
        en: `${formula}; the library's gradient is ${value.toFixed(4)}`,
        ja: `${formula}. ライブラリの勾配は ${value.toFixed(4)}`,
      }),
      tolerance: 0.005,
    }),
  ),
  numeric({
    id: "sigmoid-layers",
    topic: "derivatives",
    draw: (random) => 2 + random.integer(8),
    ask: (layers) => ({
      en: `A gradient passes ${layers} sigmoids at 0, with weights of 1. By what is it multiplied?`,
      ja: `重み 1, 入力 0 のシグモイドを ${layers} 層逆伝播すると, 勾配は何倍になる？`,
    }),
    stated: (layers) => 0.25 ** layers,
    computed: async (layers) =>
      // each sigmoid is moved back to 0 before the next
      slopeAt((x) => Array.from({ length: layers }).reduce((value: Tensor) => add(sigmoid(value), -0.5), x), 0),
    because: (layers, value) => ({
      en: `.25 at most from each: .25^${layers} = ${value.toExponential(2)}, which is why gradients vanish`,
      ja: `各層で最大 .25 倍: .25^${layers} = ${value.toExponential(2)}. これが勾配消失`,
    }),
    tolerance: 1e-6,
  }),
  choiceQuestion({
    id: "zero-weights",
    topic: "derivatives",
    page: 28,
    ask: { en: "All weights start at 0. What goes wrong?", ja: "重みの初期値をすべて 0 にすると何が起こる？" },
    options: [
      {
        text: {
          en: "all units of a layer get the same update and stay equal",
          ja: "同じ層のユニットがすべて同じ更新を受け, 等しいまま",
        },
        judge: async () => {
          const [alike, dead] = [await weightGradient("sigmoid", "constant"), await weightGradient("relu", "zero")];
          const spread = Math.max(...[0, 1].map((input) => Math.abs(alike[0][input] - alike[0][input + 2])));
          return {
            holds: spread === 0,
            because: {
              en: `equal weights: the gradients of two units differ by ${spread} (symmetric); with ReLU and zeros all are ${Math.max(...dead.flatMap((gradient) => [...gradient.map(Math.abs)]))} (dead)`,
              ja: `等しい重みでは 2 つのユニットの勾配の差は ${spread} (対称). ReLU で 0 なら全て ${Math.max(...dead.flatMap((gradient) => [...gradient.map(Math.abs)]))} (学習停止)`,
            },
          };
        },
      },
      {
        text: { en: "the gradient becomes infinite", ja: "勾配が無限大になる" },
        judge: async () => {
          const largest = Math.max(
            ...(await weightGradient("sigmoid", "zero")).flatMap((gradient) => [...gradient.map(Math.abs)]),
          );
          return {
            holds: !Number.isFinite(largest),
            because: {
              en: `the largest gradient is ${largest.toPrecision(3)}`,
              ja: `最大の勾配は ${largest.toPrecision(3)}`,
            },
          };
        },
      },
      {
        text: {
          en: "nothing: each unit goes its own way from the first update on",
          ja: "問題ない: 各ユニットは最初の更新から別々に学習する",
        },
        judge: async () => {
          const [first] = await weightGradient("sigmoid", "zero");
          const differ = [0, 1].some((input) => first[input] !== first[input + 2]);
          return {
            holds: differ,
            because: {
              en: `both units' gradients are ${[...first.slice(0, 2)].join(", ")}`,
              ja: `両ユニットの勾配は ${[...first.slice(0, 2)].join(", ")}`,
            },
          };
        },
      },
    ],
  }),
  numeric({
    id: "uniform-loss",
    topic: "derivatives",
    draw: (random) => 2 + random.integer(99),
    ask: (classes) => ({
      en: `What is the cross entropy of a network that gives ${classes} classes the same score?`,
      ja: `${classes} クラスに同じスコアを出すネットワークの交差エントロピーは？`,
    }),
    stated: (classes) => Math.log(classes),
    computed: (classes) =>
      crossEntropy(tensor(new Float32Array(classes), [1, classes]), tensor(new Int32Array([0]))).item(),
    because: (classes, value) => same(`−ln(1/${classes}) = ln ${classes} = ${value.toFixed(4)}`),
    tolerance: 0.005,
  }),
  numeric({
    id: "softmax-gradient",
    topic: "derivatives",
    draw: (random) => 2 + random.integer(9),
    ask: (classes) => ({
      en: `${classes} equal scores: what is the gradient of the cross entropy at the right class's score?`,
      ja: `スコアがすべて等しい ${classes} クラスで, 正解クラスのスコアに対する交差エントロピーの勾配は？`,
    }),
    stated: (classes) => 1 / classes - 1,
    computed: async (classes) => {
      const scores = tensor(new Float32Array(classes), [1, classes]);
      const [slope] = gradients(crossEntropy(scores, tensor(new Int32Array([0]))), [scores]);
      return (await slope.data())[0];
    },
    because: (classes, value) => same(`softmax − t = 1/${classes} − 1 = ${value.toFixed(4)}`),
    tolerance: 0.005,
  }),
  ...(
    [
      ["he", "heNormal", 2, "He"],
      ["xavier", "lecunNormal", 1, "Xavier"],
    ] as const
  ).map(([id, init, factor, name]) =>
    numeric({
      id: `${id}-std`,
      topic: "derivatives",
      draw: (random) => 50 + random.integer(20) * 50,
      ask: (inputs) => ({
        en: `What is the standard deviation of ${name}'s initial weights for ${inputs} inputs (the course's form)?`,
        ja: `入力 ${inputs} 個の層の ${name} の初期値の標準偏差は (講座の定義で)？`,
      }),
      stated: (inputs) => Math.sqrt(factor / inputs),
      computed: (inputs) => {
        const layer = new Sequential(new Linear(inputs, Math.ceil(40_000 / inputs), { weightInit: init })).initialize(
          1,
        );
        const values = layer.parameters()[0].values();
        let squares = 0;
        for (const value of values) squares += value * value;
        return Math.sqrt(squares / values.length);
      },
      because: (inputs, value) => ({
        en: `√(${factor}/${inputs}) = ${Math.sqrt(factor / inputs).toFixed(4)}; 40,000 drawn weights have ${value.toFixed(4)}`,
        ja: `√(${factor}/${inputs}) = ${Math.sqrt(factor / inputs).toFixed(4)}. 実際に引いた 4 万個の重みでは ${value.toFixed(4)}`,
      }),
      tolerance: 0.005,
    }),
  ),
  numeric({
    id: "linear-parameters",
    topic: "derivatives",
    draw: (random) => ({ inputs: 10 + random.integer(990), outputs: 10 + random.integer(90) }),
    ask: ({ inputs, outputs }) => ({
      en: `How many parameters has a fully connected layer from ${inputs} to ${outputs}, with biases?`,
      ja: `${inputs} から ${outputs} への全結合層 (バイアスあり) のパラメータ数は？`,
    }),
    stated: ({ inputs, outputs }) => (inputs + 1) * outputs,
    computed: ({ inputs, outputs }) =>
      new Linear(inputs, outputs).parameters().reduce((total, parameter) => total + parameter.values().length, 0),
    because: ({ inputs, outputs }, value) => same(`${inputs} · ${outputs} + ${outputs} = ${value}`),
    tolerance: 0,
  }),
  numeric({
    id: "product-slope",
    topic: "derivatives",
    draw: (random) => ({ w: tenths(random, -2, 2), x: tenths(random, -2, 2), b: tenths(random, -2, 2) }),
    ask: ({ w, x, b }) => ({
      en: `L = (wx + b)² with w = ${w}, x = ${x}, b = ${b}. What is ∂L/∂w?`,
      ja: `L = (wx + b)², w = ${w}, x = ${x}, b = ${b} のとき ∂L/∂w は？`,
    }),
    stated: ({ w, x, b }) => 2 * (w * x + b) * x,
    computed: ({ w, x, b }) => slopeAt((v) => square(add(mul(v, x), b)), w),
    because: ({ w, x, b }, value) => same(`2(wx + b) · x = 2 · ${(w * x + b).toFixed(2)} · ${x} = ${value.toFixed(4)}`),
    tolerance: 0.01,
  }),
];
