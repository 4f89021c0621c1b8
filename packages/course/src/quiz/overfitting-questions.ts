// Penalties, dropout, and what they do to weights.
import { gradients } from "tatamijs/autodiff";
import { Dropout, Parameter, Sequential } from "tatamijs/nn";
import { abs, mul, ones, square, sum, tensor } from "tatamijs/ops";
import { SGD } from "tatamijs/optim";
import type { Random } from "tatamijs/random";
import { ballOf } from "../exercises/overfitting-studies.ts";
import { BookDropout } from "../nets/book-layers.ts";
import { choiceQuestion, numeric, type Question, same } from "./question.ts";

const param = [1.5, -2, 0.5];

/** The gradients of ½Σw² and Σ|w| at `param`. */
async function penaltySlope(penalty: "l1" | "l2"): Promise<number[]> {
  const w = tensor(param);
  const value = penalty === "l2" ? mul(sum(square(w)), 0.5) : sum(abs(w));
  return [...(await gradients(value, [w])[0].data())];
}

const candidates: readonly (readonly [string, (w: number) => number])[] = [
  ["param", (w) => w],
  ["sign(param)", Math.sign],
  ["param ** 2", (w) => w * w],
  ["abs(param)", Math.abs],
];

const gradientQuestion = (id: "l1" | "l2", page: number): Question => {
  const right = id === "l2" ? "param" : "sign(param)";
  const ordered = candidates.toSorted(([a], [b]) => Number(b === right) - Number(a === right));
  return choiceQuestion({
    id: `${id}-gradient`,
    topic: "overfitting",
    page,
    ask: {
      en: `${id.toUpperCase()}: grad += rate * ( ? )`,
      ja: `${id.toUpperCase()} 正則化: grad += rate * ( ? )`,
    },
    options: ordered.map(([code, f]) => ({
      text: same(code),
      judge: async () => {
        const slope = await penaltySlope(id);
        const given = param.map(f);
        return {
          holds: given.every((value, index) => Math.abs(value - slope[index]) < 1e-6),
          because: {
            en: `at param = [${param.join(", ")}] the gradient of ${id === "l2" ? "½Σw²" : "Σ|w|"} is [${slope.join(", ")}], ${code} is [${given.join(", ")}]`,
            ja: `param = [${param.join(", ")}] での ${id === "l2" ? "½Σw²" : "Σ|w|"} の勾配は [${slope.join(", ")}], ${code} は [${given.join(", ")}]`,
          },
        };
      },
    })) as [never, ...never[]],
  });
};

/** Ridge regression of y = 2x + 3 on five points: w and b that make the penalised squares smallest. */
async function ridge(lambda: number): Promise<{ w: number; b: number }> {
  const xs = [-2, -1, 0, 1, 2];
  const [w, b] = [new Parameter([], "zeros"), new Parameter([], "zeros")];
  w.set([0]);
  b.set([0]);
  const x = tensor(xs);
  const y = tensor(xs.map((value) => 2 * value + 3));
  const optimizer = new SGD([{ params: [w], weightDecay: lambda }, { params: [b] }], { lr: 0.2 / (4 + lambda) });
  for (let step = 0; step < 200; step++) {
    const loss = square(x.mul(w).add(b).sub(y)).mean();
    optimizer.step(gradients(loss, [w, b]));
    await w.data();
  }
  return { w: await w.item(), b: await b.item() };
}

/** Whether a rim is made of straight sides: the middle of two neighbouring corners lies on it. */
function straight(p: number): boolean {
  return ballOf(p, 1).some(([x, y]) => Math.abs(x - 0.5) < 1e-2 && Math.abs(y - 0.5) < 1e-2);
}

export const overfittingQuestions: readonly Question[] = [
  choiceQuestion({
    id: "ridge",
    topic: "overfitting",
    page: 63,
    ask: { en: "Which is true of ridge regression?", ja: "リッジ回帰について正しいのは？" },
    options: [
      {
        text: {
          en: "a large hyperparameter brings the weights near 0",
          ja: "ハイパーパラメータを大きくすると重みは 0 に近づく",
        },
        judge: async () => {
          const [small, large] = [await ridge(0), await ridge(400)];
          return {
            holds: Math.abs(large.w) < 0.1 * Math.abs(small.w),
            because: {
              en: `λ = 0 gives w = ${small.w.toFixed(3)}, λ = 400 gives ${large.w.toFixed(3)}`,
              ja: `λ = 0 で w = ${small.w.toFixed(3)}, λ = 400 で ${large.w.toFixed(3)}`,
            },
          };
        },
      },
      {
        text: {
          en: "a hyperparameter of 0 makes it non-linear",
          ja: "ハイパーパラメータを 0 にすると非線形回帰になる",
        },
        judge: async () => {
          const { w, b } = await ridge(0);
          return {
            holds: Math.abs(w - 2) > 0.01 || Math.abs(b - 3) > 0.01,
            because: {
              en: `λ = 0 is ordinary linear regression: w = ${w.toFixed(3)}, b = ${b.toFixed(3)} of y = 2x + 3`,
              ja: `λ = 0 は普通の線形回帰: y = 2x + 3 に対し w = ${w.toFixed(3)}, b = ${b.toFixed(3)}`,
            },
          };
        },
      },
      {
        text: { en: "the bias is regularised too", ja: "バイアスも正則化される" },
        judge: async () => {
          const { b } = await ridge(400);
          return {
            holds: Math.abs(b) < 0.3,
            because: {
              en: `with λ = 400 the bias is still ${b.toFixed(3)}`,
              ja: `λ = 400 でもバイアスは ${b.toFixed(3)}`,
            },
          };
        },
      },
      {
        text: { en: "it is applied to the hidden layer", ja: "隠れ層に対して正則化項を加える" },
        judge: async () => {
          const { w } = await ridge(400);
          return {
            holds: Math.abs(w) > 1,
            because: {
              en: `it is a term of the error function: it moved w to ${w.toFixed(3)} in a regression that has no hidden layer`,
              ja: `誤差関数に加える項であり, 隠れ層のない回帰でも w は ${w.toFixed(3)} になる`,
            },
          };
        },
      },
    ],
  }),
  choiceQuestion({
    id: "l1-graph",
    topic: "overfitting",
    page: 68,
    ask: { en: "Which graph shows L1?", ja: "L1 正則化を表すグラフは？" },
    options: (
      [
        ["the rhombus", "ひし形", 1],
        ["the circle", "円", 2],
      ] as const
    ).map(([en, ja, p]) => ({
      text: { en, ja },
      judge: async () => {
        const rim = ballOf(p, 1);
        const sums = rim.map(([x, y]) => Math.abs(x) + Math.abs(y));
        const spread = Math.max(...sums) - Math.min(...sums);
        return {
          holds: spread < 1e-6,
          because: {
            en: `|w₁| + |w₂| varies by ${spread.toFixed(3)} along this rim${straight(p) ? ", whose sides are straight (Lasso)" : " (Ridge)"}`,
            ja: `この縁に沿った |w₁| + |w₂| の変化は ${spread.toFixed(3)}${straight(p) ? ". 辺は直線 (Lasso)" : " (Ridge)"}`,
          },
        };
      },
    })) as [never, ...never[]],
  }),
  gradientQuestion("l2", 69),
  gradientQuestion("l1", 71),
  ...(["l1", "l2"] as const).map((penalty) =>
    numeric({
      id: `${penalty}-step`,
      topic: "overfitting",
      draw: (random: Random) => ({ w: random.integer(9) + 1, lambda: [0.1, 0.5, 1][random.integer(3)] }),
      ask: ({ w, lambda }) => ({
        en: `${penalty.toUpperCase()} with λ = ${lambda}, learning rate .1, w = ${w}, the loss has no slope. What is w after one step of SGD?`,
        ja: `${penalty.toUpperCase()} 正則化 λ = ${lambda}, 学習率 .1, w = ${w}, 損失の勾配 0 のとき, SGD 1 回後の w は？`,
      }),
      stated: ({ w, lambda }) => (penalty === "l1" ? w - 0.1 * lambda : w * (1 - 0.1 * lambda)),
      computed: async ({ w, lambda }) => {
        const weight = new Parameter([], "zeros");
        weight.set([w]);
        new SGD([weight], { lr: 0.1, ...(penalty === "l1" ? { l1: lambda } : { weightDecay: lambda }) }).step([
          tensor(0),
        ]);
        return weight.item();
      },
      because: ({ w, lambda }, value) =>
        same(
          penalty === "l1"
            ? `w − lr · λ · sign(w) = ${w} − .1 · ${lambda} = ${value.toFixed(3)}`
            : `(1 − lr · λ)w = (1 − .1 · ${lambda}) · ${w} = ${value.toFixed(3)}`,
        ),
      tolerance: 0.001,
    }),
  ),
  numeric({
    id: "dropout-test",
    topic: "overfitting",
    draw: (random) => (random.integer(8) + 1) / 10,
    ask: (rate) => ({
      en: `The course's dropout with rate ${rate}: by what are values multiplied at the test?`,
      ja: `講座の Dropout (割合 ${rate}) では, テスト時に値を何倍する？`,
    }),
    stated: (rate) => 1 - rate,
    computed: (rate) => sum(new BookDropout(rate).eval().call(tensor([1], [1, 1]))).item(),
    because: (rate, value) => ({
      en: `1 − ${rate} = ${value.toFixed(2)}; PyTorch's scales by 1/(1 − rate) in training instead`,
      ja: `1 − ${rate} = ${value.toFixed(2)}. PyTorch は代わりに学習時に 1/(1 − rate) 倍する`,
    }),
    tolerance: 0.001,
  }),
  numeric({
    id: "dropout-training",
    topic: "overfitting",
    draw: (random) => [0.2, 0.5, 0.75][random.integer(3)],
    ask: (rate) => ({
      en: `Inverted dropout (PyTorch's) with rate ${rate}: what does a 1 that is kept become in training?`,
      ja: `反転 Dropout (PyTorch, 割合 ${rate}) で, 学習時に残った値 1 はいくつになる？`,
    }),
    stated: (rate) => 1 / (1 - rate),
    computed: async (rate) => {
      const layer = new Sequential(new Dropout(rate)).initialize(1);
      return Math.max(...(await layer.call(ones([1, 200])).data()));
    },
    because: (rate, value) => same(`1/(1 − ${rate}) = ${value.toFixed(4)}`),
    tolerance: 0.005,
  }),
  numeric({
    id: "norm",
    topic: "overfitting",
    draw: (random) => ({ a: random.integer(9) + 1, b: random.integer(9) + 1, p: random.integer(2) + 1 }),
    ask: ({ a, b, p }) => ({ en: `What is the L${p} norm of (${a}, −${b})?`, ja: `(${a}, −${b}) の L${p} ノルムは？` }),
    stated: ({ a, b, p }) => (a ** p + b ** p) ** (1 / p),
    computed: async ({ a, b, p }) => {
      const w = tensor([a, -b]);
      return (await sum(p === 1 ? abs(w) : square(w)).item()) ** (1 / p);
    },
    because: ({ a, b, p }, value) => same(`${p === 1 ? `${a} + ${b}` : `√(${a}² + ${b}²)`} = ${value.toFixed(4)}`),
    tolerance: 0.005,
  }),
];
