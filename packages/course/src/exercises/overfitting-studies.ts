// Overfitting looked at from other sides: when to stop, what becomes of the weights, and where norm balls touch the loss.
import type { Dataset } from "tatamijs/data";
import { evaluate } from "tatamijs/train";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { histogram, measure, type Plot, type Point, type Result, series, table, verdict } from "../frame/result.ts";
import { integer, integers, real, type Values } from "../frame/setting.ts";
import { mlp } from "../nets/mlp.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";
import { optimizerOf } from "./mlp-training.ts";

const small = {
  hidden: integers([100, 100, 100, 100, 100, 100], "sizes of the hidden layers", { max: 1000, most: 10 }),
  lr: real(0.01, "learning rate", { max: 100, aboveMin: true }),
  iterations: integer(1000, "steps"),
  batchSize: integer(100, "images a step, drawn with replacement", { max: 1000 }),
  trainSize: integer(300, "the first so many training images", { max: 50_000 }),
  testSize: integer(2000, "the first so many test images", { max: 10_000 }),
  ...augmentSettings,
};

const tinySmall = { hidden: "8,8", iterations: "4", batchSize: "10", trainSize: "40", testSize: "40" };

const plain = { l1: 0, l2: 0, outputLayer: "trained", trainNorm: false } as const;

const stopSettings = {
  ...small,
  evaluateEvery: integer(10, "steps between looks at the validation images"),
  patience: integer(10, "looks without a smaller validation loss, after which training stops", { max: 1000 }),
  validationShare: real(0.2, "of the training images that are kept out", { max: 0.9, aboveMin: true }),
};

export const earlyStopping = defineExercise({
  id: "early-stopping",
  title: "Early stopping",
  teaches:
    "Some of the training images are kept out and only looked at. Their loss falls while the network learns what holds for all images and rises again when it learns the others by heart. Training stops when it has not fallen for a while.",
  formula: "stop when min(L_val) is older than patience · evaluateEvery steps",
  settings: stopSettings,
  quick: { seeds: 2 },
  variants: [
    {
      name: "stopped",
      description: "20 % kept out, stops after ten looks without a smaller loss",
      set: { lr: "0.05" },
      published: [],
    },
    {
      name: "late",
      description: "more patience than there are looks: never stops early",
      set: { lr: "0.05", patience: "1000" },
      published: [],
    },
  ],
  yields: ["series", "measure", "verdict", "progress"],
  tiny: { ...tinySmall, evaluateEvery: "1" },
  refuse: ({ trainSize, validationShare }) =>
    Math.floor(trainSize * validationShare) < 1 || Math.ceil(trainSize * (1 - validationShare)) < 1
      ? { key: "validationShare", expected: "a share that leaves at least one image on either side" }
      : null,
  run: async function* (
    values: Values<typeof stopSettings>,
    { seed, load, signal }: RunContext,
  ): AsyncGenerator<Result> {
    const { hidden, lr, iterations, batchSize, trainSize, testSize, evaluateEvery, patience, validationShare } = values;
    const kept = Math.floor(trainSize * validationShare);
    const all = await load("train", trainSize);
    const [data, validation] = [part(all, 0, trainSize - kept), part(all, trainSize - kept, trainSize)];
    const test = await load("test", testSize);
    const model = mlp({ hidden, activation: "relu", init: "he" }).initialize(seed);
    const plot: Plot = { title: "losses", x: { label: "iterations" }, y: { label: "cross entropy", scale: "log" } };
    let best = Number.POSITIVE_INFINITY;
    let bestAt = 0;
    let looks = 0;
    const losses: { training: Point[]; validation: Point[] } = { training: [], validation: [] };
    const last = yield* learning({
      model,
      optimizer: optimizerOf(model, { optimizer: "sgd", lr, ...plain }),
      data,
      validation,
      evaluateTraining: true,
      iterations,
      batchSize,
      replacement: true,
      seed,
      evaluateEvery,
      signal,
      augment: values,
      showLoss: false,
      validationName: "kept out",
      onEntry: ({ iteration, training, validation: seen }) => {
        losses.training.push([iteration, training!.loss]);
        losses.validation.push([iteration, seen!.loss]);
        looks++;
        if (seen!.loss < best) {
          best = seen!.loss;
          bestAt = looks;
        }
        return looks - bestAt >= patience ? "stop" : "go on";
      },
    });
    yield series(plot, "training", losses.training);
    yield series(plot, "kept out", losses.validation);
    yield measure("stopped after", last?.iteration ?? 0);
    yield measure("smallest loss after", bestAt * evaluateEvery);
    yield measure("test accuracy", (await evaluate(model, test)).accuracy);
    yield verdict(
      "the loss of images kept out stops falling while that of the training images goes on",
      (losses.training.at(-1)?.[1] ?? 0) < (losses.training[Math.max(0, bestAt - 1)]?.[1] ?? 0) || looks === bestAt,
      `smallest ${best.toPrecision(3)} after ${bestAt * evaluateEvery} steps, ${losses.validation.at(-1)?.[1].toPrecision(3)} at the end`,
    );
  },
});

function part(dataset: Dataset, begin: number, end: number): Dataset {
  const size = dataset.images.length / dataset.labels.length;
  return {
    ...dataset,
    images: dataset.images.subarray(begin * size, end * size),
    labels: dataset.labels.subarray(begin, end),
  };
}

const weightSettings = {
  ...small,
  l1: real(0.0005, "λ of L1 and of elastic net", { max: 10 }),
  l2: real(0.02, "λ of L2 and of elastic net", { max: 10 }),
  dropout: real(0.15, "probability of dropping a value", { max: 1, belowMax: true }),
};

export const weightsUnderPenalties = defineExercise({
  id: "weights",
  title: "Weights under penalties",
  teaches:
    "L2 makes all weights smaller in proportion to their size, so few become 0; L1 takes the same off each, so those that the loss does not need end at about 0. Elastic net does both. Dropout leaves the weights' sizes about as they are.",
  formula: "L2: w ← (1 − lr·λ)w − lr·g; L1: w ← w − lr·λ·sign(w) − lr·g",
  settings: weightSettings,
  quick: { seeds: 1, set: { iterations: "400" } },
  variants: [{ name: "all", description: "every layer trained and penalised", set: {}, published: [] }],
  yields: ["series", "histogram", "table", "verdict", "measure", "progress"],
  tiny: tinySmall,
  run: async function* (
    values: Values<typeof weightSettings>,
    { seed, load, signal }: RunContext,
  ): AsyncGenerator<Result> {
    const { hidden, lr, iterations, batchSize, l1, l2, dropout } = values;
    const data = await load("train", values.trainSize);
    const validation = await load("test", values.testSize);
    const cases = {
      none: {},
      L1: { l1 },
      L2: { l2 },
      "elastic net": { l1, l2 },
      dropout: { dropout },
      "dropout and L1": { dropout, l1 },
    } as const satisfies Record<string, { l1?: number; l2?: number; dropout?: number }>;
    const rows: (string | number)[][] = [];
    const shares = new Map<string, { near: number; norm: number }>();
    for (const [label, penalty] of Object.entries<{ l1?: number; l2?: number; dropout?: number }>(cases)) {
      if (signal?.aborted) return;
      const model = mlp({ hidden, activation: "relu", init: "he", dropout: penalty.dropout ?? 0 }).initialize(seed);
      const optimizer = optimizerOf(model, {
        optimizer: "sgd",
        lr,
        ...plain,
        l1: penalty.l1 ?? 0,
        l2: penalty.l2 ?? 0,
      });
      const last = yield* learning({
        model,
        optimizer,
        data,
        validation,
        evaluateTraining: true,
        iterations,
        batchSize,
        replacement: true,
        seed,
        evaluateEvery: Math.max(1, Math.floor(iterations / 10)),
        signal,
        augment: values,
        label,
        showLoss: false,
      });
      const weights = model
        .parameters()
        .filter(({ rank }) => rank > 1)
        .flatMap((weight) => [...weight.values()]);
      yield histogram(
        { title: "weights after training", name: label, label: "weight; the ends hold what lies beyond" },
        weights,
        {
          bins: 41,
          range: [-0.2, 0.2],
        },
      );
      const near = weights.filter((weight) => Math.abs(weight) < 0.001).length / weights.length;
      const norm = Math.sqrt(weights.reduce((total, weight) => total + weight * weight, 0));
      shares.set(label, { near, norm });
      rows.push([label, near, norm, last?.training?.accuracy ?? Number.NaN, last?.validation?.accuracy ?? Number.NaN]);
    }
    yield table("after training", ["penalty", "share of weights below .001", "√Σw²", "training", "test"], rows);
    const at = (label: string) => shares.get(label)!;
    yield verdict(
      "L1 leaves more weights near 0 than L2 and than none",
      at("L1").near > at("L2").near && at("L1").near > at("none").near,
      `${(at("L1").near * 100).toFixed(1)} %, ${(at("L2").near * 100).toFixed(1)} % and ${(at("none").near * 100).toFixed(1)} %`,
    );
    yield verdict(
      "L2 makes the weights smaller",
      at("L2").norm < at("none").norm,
      `√Σw² ${at("L2").norm.toPrecision(4)} against ${at("none").norm.toPrecision(4)}`,
    );
  },
});

const ballSettings = {
  x: real(2, "where the loss alone would be smallest: x", { min: -10, max: 10 }),
  y: real(1, "and y", { min: -10, max: 10 }),
  stretch: real(1, "how much steeper the loss is in y", { max: 100, aboveMin: true }),
  radius: real(1, "of the balls", { max: 10, aboveMin: true }),
};

/** p of each ball that is drawn. */
const exponents = [0.5, 1, 2, 4] as const;

export const normBalls = defineExercise({
  id: "norm-balls",
  title: "Norm balls",
  teaches:
    "A penalty on the weights is as good as a limit on their norm. The loss is smallest where its contours touch the ball. On the rhombus of L1 that is often a corner, where a weight is exactly 0; on the circle of L2 hardly ever.",
  formula: "minimise (w₁ − x)² + s(w₂ − y)² where (|w₁|ᵖ + |w₂|ᵖ)^(1/p) ≤ r",
  settings: ballSettings,
  quick: { seeds: 1 },
  variants: [
    { name: "corner", description: "L1 touches at a corner", set: {}, published: [] },
    {
      name: "side",
      description: "a loss whose minimum lies about as far along both weights: L1 touches at a side",
      set: { x: "1.4", y: "1.2" },
      published: [],
    },
  ],
  yields: ["surface", "series", "table", "verdict"],
  tiny: {},
  run: async function* (values: Values<typeof ballSettings>): AsyncGenerator<Result> {
    const { x: cx, y: cy, stretch, radius } = values;
    const plot: Plot = { title: "where norm balls touch the loss", x: { label: "w₁" }, y: { label: "w₂" } };
    const f = ([x, y]: Point): number => (x - cx) ** 2 + stretch * (y - cy) ** 2;
    const edge = Math.max(Math.abs(cx), Math.abs(cy), radius) * 1.3;
    const grid = Array.from({ length: 51 }, (_, index) => -edge + (2 * edge * index) / 50);
    yield {
      kind: "surface",
      plot,
      x: [-edge, edge],
      y: [-edge, edge],
      values: grid.map((y) => grid.map((x) => f([x, y]))),
    };
    const rows: (string | number)[][] = [];
    const touches = new Map<number, Point>();
    for (const p of exponents) {
      const ball = ballOf(p, radius);
      yield { kind: "series", plot, name: `p = ${p}`, points: ball, path: true };
      const inside = Math.abs(cx) ** p + Math.abs(cy) ** p <= radius ** p;
      const touch = inside ? ([cx, cy] as const) : ball.reduce((best, point) => (f(point) < f(best) ? point : best));
      touches.set(p, touch);
      rows.push([
        `p = ${p}`,
        touch[0],
        touch[1],
        f(touch),
        Math.min(Math.abs(touch[0]), Math.abs(touch[1])) < 1e-9 ? "yes" : "no",
      ]);
    }
    yield { kind: "series", plot, name: "touching points", points: [...touches.values()], scattered: true };
    yield table("the smallest loss on each ball", ["ball", "w₁", "w₂", "loss", "a weight is 0"], rows);
    const zero = (p: number): boolean => touches.get(p)!.some((value) => Math.abs(value) < 1e-9);
    const corner = Math.abs(Math.abs(cx) - stretch * Math.abs(cy)) >= (cx > cy ? radius : stretch * radius);
    yield verdict(
      corner ? "L1 sets a weight to 0 here and L2 does not" : "L1 sets no weight to 0 here: the contours touch a side",
      corner ? zero(1) && !zero(2) : !zero(1),
      `L1 at (${touches
        .get(1)!
        .map((value) => value.toFixed(3))
        .join(", ")}), L2 at (${touches
        .get(2)!
        .map((value) => value.toFixed(3))
        .join(", ")})`,
    );
  },
});

/** The rim, closed; its corners are among the points. */
export function ballOf(p: number, radius: number): Point[] {
  const quarter = 250;
  return Array.from({ length: 4 * quarter + 1 }, (_, index): Point => {
    const turn = index % (4 * quarter);
    const [side, rest] = [Math.floor(turn / quarter), (turn % quarter) / quarter];
    // in the first quadrant x falls from the radius to 0
    const [a, b] = [Math.cos((rest * Math.PI) / 2) ** (2 / p), Math.sin((rest * Math.PI) / 2) ** (2 / p)];
    const turned = [
      [a, b],
      [-b, a],
      [-a, -b],
      [b, -a],
    ][side];
    return [turned[0] * radius, turned[1] * radius];
  });
}
