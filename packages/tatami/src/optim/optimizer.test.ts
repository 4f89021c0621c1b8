import "../devices.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { CrossEntropyLoss, Linear, Parameter, ReLU, Sequential } from "../nn/index.ts";
import { tensor, zeros } from "../ops/index.ts";
import { compile, setBackend, traceFunction, Variable } from "../tensor/index.ts";
import { AdaGrad, Adam, AdamW, Momentum, Nesterov, type Optimizer, RMSProp, SGD } from "./index.ts";

beforeAll(() => setBackend("reference"));

function parameter(...values: number[]): Parameter {
  const made = new Parameter([values.length], "zeros");
  made.set(values);
  return made;
}

/** The values after each of several steps with these gradients. */
async function follow(optimizer: Optimizer<object>, steps: readonly number[][]): Promise<number[][]> {
  const [target] = optimizer.parameters;
  const step = compile((gradient) => {
    optimizer.step([gradient]);
    return [];
  });
  const reached: number[][] = [];
  for (const gradient of steps) {
    await step.call(tensor(gradient));
    reached.push([...target.values()]);
  }
  return reached;
}

function expectNear(found: readonly number[][], expected: readonly number[][]): void {
  expected.forEach((row, step) => {
    row.forEach((value, index) => {
      expect(found[step][index], `step ${step + 1}, value ${index}`).toBeCloseTo(value, 5);
    });
  });
}

describe("first steps, computed by hand", () => {
  it("new SGD(params, {lr: 0.1})", async () => {
    expectNear(
      await follow(new SGD([parameter(1, 2)], { lr: 0.1 }), [
        [10, -10],
        [0, 1],
      ]),
      [
        [0, 3],
        [0, 2.9],
      ],
    );
  });

  it("new SGD(params, {momentum: 0.5, dampening: 0.5}) damps from the second step on", async () => {
    const optimizer = new SGD([parameter(0)], { lr: 1, momentum: 0.5, dampening: 0.5 });
    expectNear(await follow(optimizer, [[8], [8], [8]]), [[-8], [-8 - 8], [-16 - 8]]);
  });

  it("new Momentum(params) keeps 0.9 of the velocity", async () => {
    expectNear(await follow(new Momentum([parameter(0)], { lr: 1 }), [[1], [1], [1]]), [[-1], [-2.9], [-5.61]]);
  });

  it("new Nesterov(params) looks ahead", async () => {
    expectNear(await follow(new Nesterov([parameter(0)], { lr: 1 }), [[1], [1]]), [[-1.9], [-1.9 - 2.71]]);
  });

  it("new SGD(params, {weightDecay, l1}) adds both penalties", async () => {
    const optimizer = new SGD([parameter(2, -2, 0)], { lr: 1, weightDecay: 0.1, l1: 0.3 });
    expectNear(await follow(optimizer, [[0, 0, 0]]), [[2 - 0.2 - 0.3, -2 + 0.2 + 0.3, 0]]);
  });

  it("new AdaGrad(params, {initialAccumulatorValue}) divides by the root of the sum", async () => {
    const optimizer = new AdaGrad([parameter(0)], { lr: 1, initialAccumulatorValue: 7 });
    expectNear(await follow(optimizer, [[3], [3]]), [[-3 / 4], [-3 / 4 - 3 / 5]]);
  });

  it("new RMSProp(params, {alpha: 0.75}) divides by the root of the mean", async () => {
    const optimizer = new RMSProp([parameter(0)], { lr: 1, alpha: 0.75 });
    expectNear(await follow(optimizer, [[2], [2]]), [[-2], [-2 - 2 / Math.sqrt(1.75)]]);
  });

  it("new Adam(params) steps by lr first, whatever the gradient", async () => {
    expectNear(await follow(new Adam([parameter(0, 0)], { lr: 0.1 }), [[1e-3, -1e3]]), [[-0.1, 0.1]]);
  });

  it("new Adam(params, {epsHat}) adds it before the correction, as the book does", async () => {
    // v = .001 g², m = .1 g and lr √(1 − β₂) / (1 − β₁) · m / (√v + ε̂) with g = .002 and ε̂ = 1e-4
    const [g, epsHat] = [0.002, 1e-4];
    const first = (0.1 * Math.sqrt(0.001) * g) / (Math.sqrt(0.001 * g * g) + epsHat);
    const optimizer = new Adam([parameter(0)], { lr: 0.1, eps: 0, epsHat });
    expectNear(await follow(optimizer, [[g]]), [[-first]]);
    expect(first).toBeLessThan(0.04);
  });

  it("new AdamW(params, {weightDecay}) shrinks the value itself", async () => {
    const optimizer = new AdamW([parameter(2, 2)], { lr: 0.1, weightDecay: 0.5 });
    expectNear(await follow(optimizer, [[5, 0]]), [[2 - 0.1 - 0.1, 2 - 0.1]]);
  });
});

describe("groups", () => {
  it("new SGD([{params, lr, weightDecay}, {params}], options) gives each group its own options", async () => {
    const [weight, bias] = [parameter(1), parameter(1)];
    const optimizer = new SGD([{ params: [weight], lr: 0.5, weightDecay: 1 }, { params: [bias] }], { lr: 0.1 });
    expect(optimizer.parameters).toEqual([weight, bias]);
    expect(optimizer.learningRates).toEqual([0.5, 0.1]);
    optimizer.step([tensor([1]), tensor([1])]);
    expect(await weight.data()).toEqual(Float32Array.of(0));
    expect(await bias.data()).toEqual(Float32Array.of(0.9));
  });

  it("new SGD(groups) counts an option given as undefined as left out", () => {
    const optimizer = new SGD([{ params: [parameter(1)], lr: undefined }], { lr: 0.1, momentum: undefined });
    expect(optimizer.learningRates).toEqual([0.1]);
  });
});

describe("learningRates", () => {
  it("learningRates = […] changes a compiled step without another trace", async () => {
    const weight = parameter(0);
    const optimizer = new SGD([weight], { lr: 1 });
    let traces = 0;
    const step = compile((gradient) => {
      traces++;
      optimizer.step([gradient]);
      return [];
    });
    await step.call(tensor([1]));
    optimizer.learningRates = [0.25];
    await step.call(tensor([1]));
    expect(weight.values()[0]).toBe(-1.25);
    expect(traces).toBe(1);
  });

  it.each([[[1, 2]], [[-1]], [[Number.NaN]], [[]]])("learningRates = %j is refused", (rates) => {
    const optimizer = new SGD([parameter(0)], { lr: 1 });
    expect(() => {
      optimizer.learningRates = rates;
    }).toThrow(
      `SGD: learningRates do not fit, got [${rates.join(", ")}], expected one of at least 0 for each of the groups (1)`,
    );
  });
});

describe("step", () => {
  const options = { lr: 0.1, weightDecay: 0.1, l1: 0.1 };
  const makers: [string, (params: readonly Variable[]) => Optimizer<object>][] = [
    ["SGD", (params) => new SGD(params, { lr: 0.1 })],
    ["SGD with everything", (params) => new SGD(params, { ...options, momentum: 0.9, dampening: 0.1 })],
    ["Nesterov", (params) => new Nesterov(params, options)],
    ["AdaGrad", (params) => new AdaGrad(params, { ...options, lrDecay: 0.1 })],
    ["RMSProp", (params) => new RMSProp(params, { ...options, momentum: 0.9, centered: true })],
    ["Adam", (params) => new Adam(params, options)],
    ["AdamW", (params) => new AdamW(params, options)],
  ];

  it.each(makers)("step() of %s is one fused call a parameter, updated in place, and one for scalars", (_, make) => {
    const model = new Sequential(new Linear(6, 5), new ReLU(), new Linear(5, 4)).initialize(1);
    const optimizer = make(model.parameters());
    const loss = new CrossEntropyLoss();
    const inputs = [zeros([3, 6]), tensor(new Int32Array(3))];
    const backward = (x: Tensor, labels: Tensor): Tensor[] =>
      gradients(loss.call(model.call(x), labels), optimizer.parameters);
    const calls = (body: (x: Tensor, labels: Tensor) => readonly Tensor[]) =>
      traceFunction(body as (...values: Tensor[]) => readonly Tensor[], inputs).compiled.program.segments.flatMap(
        ({ calls }) => calls,
      );
    const without = calls(backward);
    const updating = calls((x, labels) => {
      optimizer.step(backward(x, labels));
      return [];
    });

    expect(updating.length - without.length).toBe(model.parameters().length + 1);
    const added = updating.filter(
      (call) => call.kernel === "fused" && !without.some(({ label }) => label === call.label),
    );
    expect(updating.map((call) => call.kernel)).not.toContain("copy");
    for (const { shape } of model.parameters()) {
      expect(added.some((call) => call.label.endsWith(` [${shape.join(", ")}]`))).toBe(true);
    }
  });

  it("step() outside a compiled function takes effect when something is computed", async () => {
    const weight = parameter(1);
    new SGD([weight], { lr: 1 }).step([tensor([3])]);
    expect(await weight.data()).toEqual(Float32Array.of(-2));
  });

  it("step() also changes variables that are no parameters", async () => {
    const image = new Variable([2]);
    new SGD([image], { lr: 1 }).step([tensor([1, 2])]);
    expect(await image.data()).toEqual(Float32Array.of(-1, -2));
  });

  it("step([…]) refuses gradients that do not fit", () => {
    const optimizer = new Adam([parameter(1, 2)]);
    expect(() => optimizer.step([])).toThrow("Adam: number of gradients differs, got 0, expected 1");
    expect(() => optimizer.step([zeros([3])])).toThrow("Adam: gradient 0 has the wrong shape, got [3], expected [2]");
  });
});

describe("slots", () => {
  it("slots() names the step and what is remembered of each parameter", () => {
    const names = (optimizer: Optimizer<object>): string[] => optimizer.slots().map(([name]) => name);
    const params = [parameter(1), parameter(2)];
    expect(names(new SGD(params, { lr: 1 }))).toEqual(["step"]);
    expect(names(new Momentum(params, { lr: 1 }))).toEqual(["step", "0.velocity", "1.velocity"]);
    expect(names(new Adam(params))).toEqual(["step", "0.mean", "0.squares", "1.mean", "1.squares"]);
  });

  it("slots() carried over continue exactly", async () => {
    const gradient = [[1], [-2], [3], [0.5]];
    const whole = await follow(new Adam([parameter(1)]), gradient);
    const first = new Adam([parameter(1)]);
    const reached = await follow(first, gradient.slice(0, 2));
    const second = new Adam([parameter(...reached[1])]);
    first.slots().forEach(([, slot], index) => {
      second.slots()[index][1].set(slot.values());
    });
    expect(await follow(second, gradient.slice(2))).toEqual(whole.slice(2));
  });
});

describe("faults", () => {
  const weight = parameter(1);
  it.each<[string, () => unknown]>([
    ["SGD: lr is out of range, got 0, expected more than 0", () => new SGD([weight], { lr: 0 })],
    ["SGD: lr is out of range, got NaN, expected more than 0", () => new SGD([weight], { lr: Number.NaN })],
    ["Adam: lr is out of range, got -1, expected more than 0", () => new Adam([{ params: [weight], lr: -1 }])],
    [
      "Adam: betas is out of range, got [0.9,1], expected two numbers in [0, 1)",
      () => new Adam([weight], { betas: [0.9, 1] }),
    ],
    [
      "AdamW: eps is out of range, got 0, expected more than 0, or 0 beside an epsHat",
      () => new AdamW([weight], { eps: 0 }),
    ],
    ["Adam: epsHat is out of range, got -1, expected at least 0", () => new Adam([weight], { epsHat: -1 })],
    [
      "SGD: momentum is out of range, got 1, expected a number in [0, 1)",
      () => new SGD([weight], { lr: 1, momentum: 1 }),
    ],
    [
      "SGD: nesterov is out of range, got true, expected false without momentum",
      () => new SGD([weight], { lr: 1, nesterov: true }),
    ],
    ["RMSProp: alpha is out of range, got 1, expected a number in [0, 1)", () => new RMSProp([weight], { alpha: 1 })],
    ["AdaGrad: lrDecay is out of range, got -1, expected at least 0", () => new AdaGrad([weight], { lrDecay: -1 })],
    [
      "SGD: weightDecay is out of range, got -1, expected at least 0",
      () => new SGD([weight], { lr: 1, weightDecay: -1 }),
    ],
    ["SGD: l1 is out of range, got -1, expected at least 0", () => new SGD([weight], { lr: 1, l1: -1 })],
    ["SGD: there are no parameters, got [], expected at least one", () => new SGD([], { lr: 1 })],
    ["SGD: a parameter is given twice, expected each once", () => new SGD([weight, weight], { lr: 1 })],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});
