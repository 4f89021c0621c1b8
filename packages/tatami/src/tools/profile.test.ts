import { describe, expect, it } from "vitest";
import "../devices.ts";
import { Conv2d, Flatten, Linear, ReLU, Sequential } from "../nn/index.ts";
import { Adam, SGD } from "../optim/index.ts";
import { OptionError } from "../shape/errors.ts";
import { fit } from "../train/fit.ts";
import { brightestPixel, smallModel } from "../train/toy-data.ts";
import { findLearningRate } from "./learning-rate-finder.ts";
import { profile } from "./profile.ts";

const data = brightestPixel(200);

describe.each(["reference", "wasm"])("on the %s backend", (backend) => {
  it("profile({model}) runs every call, and together they are the step that fit makes", async () => {
    const [model, twin] = [smallModel(), smallModel()];
    const found = await profile({
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.1 }),
      data,
      steps: 2,
      backend,
    });
    expect(found).toMatchObject({ backend, batchSize: 32 });
    expect(found.calls.map(({ kernel }) => kernel)).toContain("matmul");
    const flop = found.calls.reduce((total, call) => total + call.flop, 0);
    // two layers forward and their weights' gradients; the input gradient of the second alone
    expect(flop).toBe(2 * 32 * (2 * (4 * 16 + 16 * 4) + 16 * 4));
    const times = found.calls.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    // three steps as a whole and three call by call, one of each to warm up: what fit makes of the same batch in six
    const optimizer = new SGD(twin.parameters(), { lr: 0.1 });
    await fit({ model: twin, optimizer, data, overfitBatch: true, shuffle: false, iterations: 6, backend });
    expect(await twin.stateDict()).toEqual(await model.stateDict());
    expect(await model.stateDict()).not.toEqual(await smallModel().stateDict());
  });

  it("profile({model}) does not cut convolutions more than the step does, which would change how they are computed", async () => {
    const make = () =>
      new Sequential(
        new Conv2d(1, 32, 3, { padding: 2 }),
        new ReLU(),
        new Conv2d(32, 64, 3, { padding: 1 }),
        new ReLU(),
        new Flatten(),
        new Linear(64 * 16, 4),
      ).initialize(1);
    const [model, twin] = [make(), make()];
    await profile({
      ...{ model, optimizer: new SGD(model.parameters(), { lr: 0.1 }), data },
      ...{ batchSize: 16, steps: 1, backend },
    });
    const optimizer = new SGD(twin.parameters(), { lr: 0.1 });
    await fit({
      ...{ model: twin, optimizer, data, batchSize: 16, overfitBatch: true, shuffle: false, iterations: 4, backend },
    });
    expect(await twin.stateDict()).toEqual(await model.stateDict());
  });
});

describe("findLearningRate({model})", () => {
  it("suggests a rate that learns, and leaves model and optimiser as they were", async () => {
    const model = smallModel();
    const before = await model.stateDict();
    const optimizer = new Adam(model.parameters(), { lr: 0.123 });
    const found = await findLearningRate({ model, optimizer, data, backend: "wasm", seed: 3 });
    expect(found.rates[0]).toBe(1e-6);
    expect(found.losses).toHaveLength(found.rates.length);
    expect(found.suggestion).toBeGreaterThan(1e-4);
    expect(found.suggestion).toBeLessThan(1);
    expect(await model.stateDict()).toEqual(before);
    expect(optimizer.learningRates).toEqual([0.123]);
    expect(await optimizer.slots()[0][1].item()).toBe(0);
  });

  it("refuses rates that do not rise", async () => {
    const model = smallModel();
    const optimizer = new SGD(model.parameters(), { lr: 1 });
    await expect(findLearningRate({ model, optimizer, data, from: 1, to: 1 })).rejects.toThrow(OptionError);
  });
});
