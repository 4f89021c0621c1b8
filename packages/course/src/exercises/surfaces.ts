// Optimisers on surfaces: where each goes from the same point, with the library's own optimisers.
import { gradients } from "tatamijs/autodiff";
import { add, mul, pow, square, sub, tensor } from "tatamijs/ops";
import { Random, streamOf } from "tatamijs/random";
import { compile, type Tensor, Variable } from "tatamijs/tensor";
import { defineExercise } from "../frame/exercise.ts";
import { measure, type Plot, type Point, type Result, type Surface, table } from "../frame/result.ts";
import { choice, integer, real, type Values } from "../frame/setting.ts";
import { type OptimizerName, optimizerNames, optimizers } from "../nets/optimizers.ts";

interface Landscape {
  readonly formula: string;
  readonly f: (x: Tensor, y: Tensor) => Tensor;
  readonly start: Point;
  readonly minimum: Point | null;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** that suit each optimiser here */
  readonly rates: Readonly<Record<OptimizerName, number>>;
}

const landscapes = {
  book: {
    formula: "x²/20 + y²",
    f: (x, y) => add(mul(square(x), 1 / 20), square(y)),
    start: [-7, 2],
    minimum: [0, 0],
    x: [-10, 10],
    y: [-5, 5],
    rates: { sgd: 0.95, momentum: 0.1, nesterov: 0.1, adagrad: 1.5, rmsprop: 0.1, adam: 0.3, adamw: 0.3 },
  },
  ravine: {
    formula: "x²/200 + 4y²",
    f: (x, y) => add(mul(square(x), 1 / 200), mul(square(y), 4)),
    start: [-9, 1],
    minimum: [0, 0],
    x: [-10, 10],
    y: [-2, 2],
    rates: { sgd: 0.2, momentum: 0.03, nesterov: 0.03, adagrad: 0.8, rmsprop: 0.05, adam: 0.2, adamw: 0.2 },
  },
  saddle: {
    formula: "x² − y² + y⁴/4",
    f: (x, y) => add(sub(square(x), square(y)), mul(pow(square(y), 2), 0.25)),
    start: [-1.5, 0.001],
    minimum: null,
    x: [-2, 2],
    y: [-2, 2],
    rates: { sgd: 0.1, momentum: 0.03, nesterov: 0.03, adagrad: 0.3, rmsprop: 0.03, adam: 0.1, adamw: 0.1 },
  },
  rosenbrock: {
    formula: "(1 − x)² + 20(y − x²)²",
    f: (x, y) => add(square(sub(1, x)), mul(square(sub(y, square(x))), 20)),
    start: [-1.2, 1],
    minimum: [1, 1],
    x: [-2, 2],
    y: [-1, 3],
    rates: { sgd: 0.005, momentum: 0.001, nesterov: 0.001, adagrad: 0.3, rmsprop: 0.02, adam: 0.1, adamw: 0.1 },
  },
} as const satisfies Record<string, Landscape>;

const landscapeNames = Object.keys(landscapes) as (keyof typeof landscapes)[];

const settings = {
  surface: choice("book", landscapeNames, "what is minimised"),
  steps: integer(30, "updates", { max: 10_000 }),
  rate: real(1, "all learning rates times this", { max: 1000, aboveMin: true }),
  noise: real(0, "standard deviation of what is added to each gradient", { max: 100 }),
};

export const surfaces = defineExercise({
  id: "surfaces",
  title: "Optimisers on surfaces",
  teaches:
    "On a surface that is steep across and flat along, SGD jumps from side to side. Momentum averages the jumps away, and methods that divide by the gradient's size take steps of about the same length in both directions. At a saddle all depends on getting away from a point where the gradient is almost 0.",
  formula: "f(x, y) = x²/20 + y² from (−7, 2); lr: SGD .95, momentum .1, AdaGrad 1.5, Adam .3",
  settings,
  quick: { seeds: 1 },
  variants: [
    { name: "book", description: "the book's surface, x²/20 + y², and its learning rates", set: {}, published: [] },
    {
      name: "ravine",
      description: "x²/200 + 4y²: eight hundred times as steep across as along",
      set: { surface: "ravine", steps: "60" },
      published: [],
    },
    {
      name: "saddle",
      description: "x² − y² + y⁴/4: starts where y is almost 0",
      set: { surface: "saddle", steps: "80" },
      published: [],
    },
    {
      name: "rosenbrock",
      description: "(1 − x)² + 20(y − x²)²: a bent valley",
      set: { surface: "rosenbrock", steps: "300" },
      published: [],
    },
    {
      name: "noise",
      description: "the book's surface with noise on the gradient",
      set: { noise: "0.5", steps: "60" },
      published: [],
    },
  ],
  yields: ["surface", "series", "table", "measure"],
  tiny: { steps: "3" },
  run: runSurfaces,
});

async function* runSurfaces(values: Values<typeof settings>, { seed }: { seed: number }): AsyncGenerator<Result> {
  const landscape: Landscape = landscapes[values.surface];
  const plot: Plot = { title: `paths on ${landscape.formula}`, x: { label: "x" }, y: { label: "y" } };
  yield await surfaceOf(landscape, plot);
  const rows: [string, number, number, number, number, number][] = [];
  for (const name of optimizerNames) {
    const rate = landscape.rates[name] * values.rate;
    const noise = new Random(seed, streamOf("noise"));
    const points = await trajectory(landscape, name, rate, values.steps, (into) =>
      noise.normalInto(into, 0, values.noise),
    );
    yield { kind: "series", plot, name, points, path: true };
    const [x, y] = points.at(-1)!;
    const value = await landscape.f(tensor(x), tensor(y)).item();
    rows.push([name, rate, x, y, value, pathLength(points)]);
    yield measure(`${name}, f at the end`, value);
  }
  yield table("where they end", ["optimiser", "lr", "x", "y", "f(x, y)", "length of the path"], rows);
}

/** The points an optimiser visits, the start included. */
export async function trajectory(
  { f, start }: Pick<Landscape, "f" | "start">,
  name: OptimizerName,
  rate: number,
  steps: number,
  fillNoise: (into: Float32Array) => void = () => {},
): Promise<Point[]> {
  const x = new Variable([], "float32", [start[0]]);
  const y = new Variable([], "float32", [start[1]]);
  const optimizer = optimizers[name].create([x, y], rate);
  const step = compile((noise) => {
    const [dx, dy] = gradients(f(x, y), [x, y]);
    const part = (index: number): Tensor => noise.slice([index], [1]).reshape([]);
    optimizer.step([add(dx, part(0)), add(dy, part(1))]);
    return [];
  });
  const points: Point[] = [start];
  const noise = new Float32Array(2);
  for (let count = 0; count < steps; count++) {
    fillNoise(noise);
    await step.call(tensor(noise));
    points.push([await x.item(), await y.item()]);
  }
  step[Symbol.dispose]();
  return points;
}

async function surfaceOf({ f, x, y }: Landscape, plot: Plot): Promise<Surface> {
  const [columns, rows] = [61, 41];
  const at = ([low, high]: readonly [number, number], index: number, count: number): number =>
    low + ((high - low) * index) / (count - 1);
  const xs = Float32Array.from({ length: columns * rows }, (_, index) => at(x, index % columns, columns));
  const ys = Float32Array.from({ length: columns * rows }, (_, index) => at(y, Math.floor(index / columns), rows));
  const flat = await f(tensor(xs), tensor(ys)).data();
  const values = Array.from({ length: rows }, (_, row) => Array.from(flat.slice(row * columns, (row + 1) * columns)));
  return { kind: "surface", plot, x, y, values };
}

function pathLength(points: readonly Point[]): number {
  return points.slice(1).reduce((total, [x, y], index) => {
    const [px, py] = points[index];
    return total + Math.hypot(x - px, y - py);
  }, 0);
}
