// The learning loop with every number shown: one small network, one sample, one update.
import { gradients } from "tatamijs/autodiff";
import { Linear, Sequential, Sigmoid } from "tatamijs/nn";
import { crossEntropy, softmax, tensor } from "tatamijs/ops";
import { SGD } from "tatamijs/optim";
import { compute, type Tensor } from "tatamijs/tensor";
import { defineExercise } from "../frame/exercise.ts";
import { measure, type Result, table, verdict } from "../frame/result.ts";
import { integer, real, type Values } from "../frame/setting.ts";

const settings = {
  inputs: integer(2, "inputs", { max: 6 }),
  hidden: integer(3, "hidden units", { max: 6 }),
  outputs: integer(2, "outputs", { min: 2, max: 6 }),
  lr: real(0.1, "learning rate", { max: 100, aboveMin: true }),
  steps: integer(3, "updates", { max: 1000 }),
};

export const learningLoop = defineExercise({
  id: "loop",
  title: "The learning loop, step by step",
  teaches:
    "Input, forward through weights, bias and activation, output, loss, backward, update, and again. Back-propagation starts at the loss and multiplies derivatives on its way to the front, so that every one is computed once. Numerical differentiation has to go forward twice for every single weight, and gives the same.",
  formula:
    "a = W₁x + b₁, z = σ(a), s = W₂z + b₂, L = −log softmax(s)[label]; ∂L/∂s = softmax(s) − t, ∂L/∂z = W₂ᵀ ∂L/∂s, ∂L/∂a = ∂L/∂z · z(1 − z), ∂L/∂W₁ = ∂L/∂a xᵀ",
  settings,
  quick: { seeds: 1 },
  variants: [{ name: "small", description: "2-3-2 with a sigmoid, one sample", set: {}, published: [] }],
  yields: ["table", "verdict", "measure"],
  tiny: {},
  run: runLoop,
});

const shown = (values: ArrayLike<number>): string => Array.from(values, (value) => value.toFixed(4)).join("  ");

async function* runLoop(values: Values<typeof settings>, { seed }: { seed: number }): AsyncGenerator<Result> {
  const { inputs, hidden, outputs, lr, steps } = values;
  const init = { weightInit: { normal: 1 }, biasInit: "zeros" } as const;
  const [first, activation, second] = [
    new Linear(inputs, hidden, init),
    new Sigmoid(),
    new Linear(hidden, outputs, init),
  ];
  const model = new Sequential(first, activation, second).initialize(seed);
  const optimizer = new SGD(model.parameters(), { lr });
  const x = tensor(
    Array.from({ length: inputs }, (_, index) => 1 - index / 2),
    [1, inputs],
  );
  const label = tensor(new Int32Array([seed % outputs]));
  const names = ["W₁", "b₁", "W₂", "b₂"];
  let before = Number.NaN;

  for (let step = 1; step <= steps; step++) {
    const a = first.call(x);
    const z = activation.call(a);
    const s = second.call(z);
    const loss = crossEntropy(s, label);
    const wanted = [s, z, a, ...model.parameters()];
    const slopes = gradients(loss, wanted);
    await compute([a, z, s, loss, ...slopes]);
    const value = await loss.item();
    if (step === 1) {
      const forward: [string, string, Tensor][] = [
        ["x", "the input", x],
        ["a", "W₁x + b₁", a],
        ["z", "σ(a)", z],
        ["s", "W₂z + b₂", s],
        ["y", "softmax(s)", softmax(s)],
      ];
      yield table("forward", ["", "formula", "value"], await rows([...forward, ["L", "−log y[label]", loss]]));
      const backward = ["softmax(s) − t", "W₂ᵀ ∂L/∂s", "∂L/∂z · z(1 − z)", "∂L/∂a xᵀ", "∂L/∂a", "∂L/∂s zᵀ", "∂L/∂s"];
      const targets = ["∂L/∂s", "∂L/∂z", "∂L/∂a", ...names.map((name) => `∂L/∂${name}`)];
      const entries = targets.map((target, index): [string, string, Tensor] => [
        target,
        backward[index],
        slopes[index],
      ]);
      yield table("backward, from the loss to the front", ["", "formula", "value"], await rows(entries));
      yield graph(hidden, outputs);
      yield await checkedByHand(a, z, s, label, x, second.weight, slopes);
      yield await checkedByDifferences(model, x, label, slopes.slice(3));
    } else {
      yield verdict(
        `the loss is smaller after update ${step - 1}`,
        value < before,
        `${before.toFixed(5)}, then ${value.toFixed(5)}`,
      );
    }
    before = value;
    const old = await Promise.all(model.parameters().map((parameter) => parameter.data()));
    optimizer.step(slopes.slice(3));
    if (step === 1) {
      const fresh = await Promise.all(model.parameters().map((parameter) => parameter.data()));
      yield table(
        `update: w ← w − ${lr} · ∂L/∂w`,
        ["", "", "value"],
        names.flatMap((name, index) => [
          [name, "before", shown(old[index])],
          ["", "after", shown(fresh[index])],
        ]),
      );
    }
  }
  yield measure("loss before the last update", before);
}

async function rows(entries: readonly [string, string, Tensor][]): Promise<[string, string, string][]> {
  const values = await Promise.all(entries.map(([, , value]) => value.data()));
  return entries.map(([name, formula], index) => [name, formula, shown(values[index])]);
}

/** The same as a computation graph: what each node takes, and what it hands back. */
function graph(hidden: number, outputs: number): Result {
  return table(
    "the computation graph",
    ["node", "takes", "gives", "shape", "hands back, times what reached it"],
    [
      ["matmul", "x, W₁", "W₁x", `[1, ${hidden}]`, "to x: W₁ᵀ, to W₁: xᵀ"],
      ["add", "W₁x, b₁", "a", `[1, ${hidden}]`, "to both: 1"],
      ["sigmoid", "a", "z", `[1, ${hidden}]`, "to a: z(1 − z)"],
      ["matmul", "z, W₂", "W₂z", `[1, ${outputs}]`, "to z: W₂ᵀ, to W₂: zᵀ"],
      ["add", "W₂z, b₂", "s", `[1, ${outputs}]`, "to both: 1"],
      ["cross entropy", "s, label", "L", "[]", "to s: softmax(s) − t"],
    ],
  );
}

/** The chain rule in plain numbers. */
async function checkedByHand(
  a: Tensor,
  z: Tensor,
  s: Tensor,
  label: Tensor,
  x: Tensor,
  second: Tensor,
  slopes: readonly Tensor[],
): Promise<Result> {
  const [activations, scores, input, weights] = await Promise.all([z.data(), s.data(), x.data(), second.data()]);
  const target = await label.item();
  const peak = Math.max(...scores);
  const exps = Array.from(scores, (score) => Math.exp(score - peak));
  const total = exps.reduce((sum, value) => sum + value, 0);
  const ds = exps.map((value, index) => value / total - (index === target ? 1 : 0));
  const dz = Array.from(activations, (_, unit) =>
    ds.reduce((sum, slope, output) => sum + slope * weights[output * activations.length + unit], 0),
  );
  const da = dz.map((slope, unit) => slope * activations[unit] * (1 - activations[unit]));
  const dw = da.flatMap((slope) => Array.from(input, (value) => slope * value));
  const found = await slopes[3].data();
  const off = dw.reduce((most, value, index) => Math.max(most, Math.abs(value - found[index])), 0);
  return verdict(
    "∂L/∂W₁ is what the chain rule gives by hand",
    a.shape[1] === da.length && off < 1e-5,
    `${shown(dw)}; largest difference ${off.toExponential(1)}`,
  );
}

async function checkedByDifferences(
  model: Sequential,
  x: Tensor,
  label: Tensor,
  slopes: readonly Tensor[],
): Promise<Result> {
  const h = 0.01;
  let off = 0;
  let forwards = 0;
  for (const [index, parameter] of model.parameters().entries()) {
    const values = Float32Array.from(await parameter.data());
    const found = await slopes[index].data();
    for (let place = 0; place < values.length; place++) {
      const lossAt = async (shift: number): Promise<number> => {
        const moved = values.slice();
        moved[place] += shift;
        parameter.set(moved);
        forwards++;
        return crossEntropy(model.call(x), label).item();
      };
      const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
      off = Math.max(off, Math.abs(slope - found[place]));
    }
    parameter.set(values);
  }
  return verdict(
    "numerical differentiation gives the same gradient",
    off < 1e-3,
    `largest difference ${off.toExponential(1)}, with ${forwards} passes forward where back-propagation takes one back`,
  );
}
