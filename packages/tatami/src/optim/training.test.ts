// Clipped gradients, averaged weights and frozen parameters; the numbers are PyTorch's.
import "../devices.ts";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import { deviation, entryOf, type FixtureArray, readFixture, tensorOf } from "../nn/fixture.ts";
import { Linear, Sequential } from "../nn/index.ts";
import { mean, square, tensor } from "../ops/index.ts";
import { compile, setBackend, Variable } from "../tensor/index.ts";
import { clipGradNorm, clipGradValue, SGD, WeightAverage } from "./index.ts";

interface Clipped {
  readonly limit: number;
  readonly clipped: readonly FixtureArray[];
}

interface Fixture {
  readonly gradients: readonly FixtureArray[];
  readonly clipGradNorm: readonly Clipped[];
  readonly clipGradValue: readonly Clipped[];
  readonly weights: readonly FixtureArray[];
  readonly averages: readonly FixtureArray[];
}

const fixture = readFixture<Fixture>("training");
setBackend("reference");

describe.each([
  ["clipGradNorm", clipGradNorm, fixture.clipGradNorm],
  ["clipGradValue", clipGradValue, fixture.clipGradValue],
] as const)("%s(gradients, limit)", (_name, clip, cases) => {
  it.each(cases.map((one) => [one.limit, one] as const))("does what PyTorch does: %d", async (limit, { clipped }) => {
    const found = clip(fixture.gradients.map(tensorOf), limit);
    for (const [index, gradient] of found.entries())
      expect(await deviation(gradient, clipped[index])).toBeLessThan(1e-6);
  });

  it("refuses 0", () => {
    expect(() => clip([tensor([1])], 0)).toThrow(/: \w+ is out of range, got 0, expected more than 0$/);
  });
});

describe("WeightAverage", () => {
  it("update() follows PyTorch's exponential moving average", async () => {
    const [first] = fixture.weights;
    const parameter = new Variable(first.shape);
    const average = new WeightAverage([parameter], { decay: 0.9 });
    const update = compile(() => {
      average.update();
      return [];
    });
    const off: number[] = [];
    for (const [index, weight] of fixture.weights.entries()) {
      parameter.set(entryOf(weight).values);
      await update.call();
      off.push(await deviation(average.slots()[1][1], fixture.averages[index]));
    }
    expect(Math.max(...off)).toBeLessThan(1e-6);
  });

  it("reading(build) shows the averages, and swap() exchanges them", async () => {
    const parameter = new Variable([1], "float32", [1]);
    const average = new WeightAverage([parameter], { decay: 0.5 });
    await expect(average.swap()).rejects.toThrow("there is no average yet");
    const update = compile(() => {
      average.update();
      return [];
    });
    await update.call();
    parameter.set([3]);
    await update.call();
    expect(await average.reading(() => parameter.mul(10)).data()).toEqual(Float32Array.of(20));
    expect(await parameter.data()).toEqual(Float32Array.of(3));
    await average.swap();
    expect(await parameter.data()).toEqual(Float32Array.of(2));
    await average.swap();
    expect(await parameter.data()).toEqual(Float32Array.of(3));
  });
});

it("step(gradients) leaves frozen parameters and their slots as they are", async () => {
  const model = new Sequential(new Linear(3, 2), new Linear(2, 1)).initialize(1);
  const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const before = await model.stateDict();
  model.modules[0].freeze();
  expect(optimizer.parameters).toEqual(model.modules[1].parameters());
  const loss = mean(square(model.call(tensor([[1, 2, 3]]))));
  optimizer.step(gradients(loss, optimizer.parameters));
  const after = await model.stateDict();
  expect(after["0.weight"]).toEqual(before["0.weight"]);
  expect(after["1.weight"]).not.toEqual(before["1.weight"]);
  expect(optimizer.slots().map(([name]) => name)).toEqual(
    "step 0.velocity 1.velocity 2.velocity 3.velocity".split(" "),
  );
  model.unfreeze();
  expect(optimizer.parameters).toHaveLength(4);
  model.freeze();
  expect(() => optimizer.parameters).toThrow("SGD: every parameter is frozen, got 4 of 4, expected one that learns");
});
