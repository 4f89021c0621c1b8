import { describe, expect, it } from "vitest";
import "../devices.ts";
import { arrayDataset } from "../data/dataset.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Flatten } from "../nn/flatten.ts";
import { Conv2d, Dropout, Linear, MSELoss, Sequential } from "../nn/index.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm2d } from "../nn/normalization.ts";
import { div, max, mean, mul, oneHot, sqrt, square, sub } from "../ops/index.ts";
import { Adam, SGD } from "../optim/index.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import type { Variable } from "../tensor/variable.ts";
import { DivergenceError } from "./divergence.ts";
import { evaluate } from "./evaluate.ts";
import { fit } from "./fit.ts";
import { brightestPixel, smallModel } from "./toy-data.ts";

const data = brightestPixel(50);

function adamFor(model: Module): Adam {
  return new Adam(model.parameters(), { lr: 0.01 });
}

/** The values of all parameters and buffers. */
async function stateOf(model: Module): Promise<unknown> {
  return Object.fromEntries(Object.entries(await model.stateDict()).map(([name, { values }]) => [name, [...values]]));
}

describe.each(["reference", "wasm"])("on the %s backend", (backend) => {
  it("fit({iterations}) learns, and reports what evaluate says", async () => {
    const model = smallModel();
    const validation = brightestPixel(33, 2);
    const result = await fit({
      model,
      optimizer: adamFor(model),
      data: brightestPixel(400),
      validation,
      iterations: 300,
      evaluateEvery: 100,
      evaluateTraining: true,
      backend,
    });
    const { threads } = await loadBackend(backend);
    expect(result).toMatchObject({ backend, threads, iterations: 300, aborted: false });
    expect(result.history.map(({ iteration }) => iteration)).toEqual([100, 200, 300]);
    const last = result.history.at(-1)!;
    expect(last.training!.accuracy).toBeGreaterThan(0.9);
    expect(last.loss).toBe(result.finalLoss);
    expect(await evaluate(model, validation, { backend })).toEqual(last.validation);
    expect(result.stepMilliseconds.min).toBeLessThanOrEqual(result.stepMilliseconds.p95);
  });

  it("fit({seed}) gives the same bits for the same seed, and others for another", async () => {
    const run = async (seed: number): Promise<unknown> => {
      const model = new Sequential(...smallModel().modules, new Dropout(0.2)).initialize(3);
      const { finalLoss } = await fit({
        model,
        optimizer: adamFor(model),
        data,
        epochs: 3,
        batchSize: 8,
        seed,
        backend,
      });
      return { finalLoss, state: await stateOf(model) };
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(6)).not.toEqual(await run(5));
  });

  it("fit({epochs}) sees every sample once an epoch, in a last smaller batch too", async () => {
    const model = smallModel();
    const losses: number[] = [];
    const epochs: number[] = [];
    const result = await fit({
      model,
      optimizer: adamFor(model),
      data,
      epochs: 2,
      batchSize: 16,
      backend,
      callbacks: { onStep: (_, loss) => losses.push(loss), onEpoch: (epoch) => void epochs.push(epoch) },
    });
    expect(result.iterations).toBe(8);
    expect(losses).toHaveLength(8);
    expect(epochs).toEqual([1, 2]);
    expect(result.history.map(({ iteration }) => iteration)).toEqual([4, 8]);
  });

  it("fit() names the first layer whose activation is not finite, and changes nothing", async () => {
    const model = new Sequential(new Flatten(), new Linear(4, 4), new BadLayer(), new Linear(4, 4)).initialize(1);
    const before = await stateOf(model);
    const failure = fit({ model, optimizer: adamFor(model), data, iterations: 5, backend });
    await expect(failure).rejects.toThrow(
      "fit: the loss stopped being finite at step 1, first in layer 2 (BadLayer), got NaN, expected finite numbers",
    );
    await expect(failure).rejects.toMatchObject({ step: 1, divergence: { kind: "activation", path: "2" } });
    expect(await stateOf(model)).toEqual(before);
  });

  it("fit() names the last parameter whose gradient is not finite", async () => {
    const model = smallModel();
    // the root of the square has no finite gradient at zero, though its value is 0
    const loss = (output: Tensor): Tensor => mean(sqrt(square(sub(output, output))));
    const failure = fit({ model, loss, optimizer: adamFor(model), data, iterations: 5, backend });
    await expect(failure).rejects.toThrow(
      "fit: a gradient stopped being finite at step 1, first in 3.bias, got NaN, expected finite numbers",
    );
  });

  it("fit() changes nothing when the gradient of the first of many layers alone is not finite", async () => {
    const build = (): Module => {
      const layers = [new Conv2d(1, 2, 2), new Flatten(), new Dropout(0.1), new Linear(2, 4)];
      const model = new Sequential(...layers).initialize(1);
      // what comes out is the bias, and what goes back to the filters overflows
      const [filters, bias] = model.parameters() as unknown as [Variable, Variable];
      filters.set(new Float32Array(8));
      bias.set(Float32Array.of(1, 2));
      return model;
    };
    const huge = arrayDataset({
      images: new Float32Array(64 * 4).fill(3e38),
      labels: new Int32Array(64).fill(1),
      imageShape: [1, 2, 2],
      classes: 4,
    });
    const model = build();
    const loss = (output: Tensor): Tensor => mul(mean(square(output)), 1e6);
    const failure = fit({ model, loss, optimizer: adamFor(model), data: huge, iterations: 1, batchSize: 64, backend });
    await expect(failure).rejects.toThrow("fit: a gradient stopped being finite at step 1, first in 0.weight");
    // what is left where it computes, then what is read from there
    expect(await evaluate(model, huge, { backend })).toEqual(await evaluate(build(), huge, { backend }));
    expect(await stateOf(model)).toEqual(await stateOf(build()));
  });

  it("fit() with a far too large learning rate stops at the step that shows it", async () => {
    const model = smallModel();
    const optimizer = new SGD(model.parameters(), { lr: 1e30 });
    const failure: unknown = await fit({ model, optimizer, data, iterations: 50, backend }).catch((error) => error);
    expect(failure).toBeInstanceOf(DivergenceError);
    expect((failure as DivergenceError).step).toBeGreaterThan(1);
  });

  it("findDivergence leaves running statistics as they were", async () => {
    const model = new Sequential(new BatchNorm2d(1), new Flatten(), new Linear(4, 4), new BadLayer()).initialize(1);
    const before = await stateOf(model);
    await expect(fit({ model, optimizer: adamFor(model), data, iterations: 1, backend })).rejects.toThrow("BadLayer");
    expect(await stateOf(model)).toEqual(before);
  });
});

it("fit({signal}) ends at the next iteration and reports what it has", async () => {
  const model = smallModel();
  const controller = new AbortController();
  const result = await fit({
    model,
    optimizer: adamFor(model),
    data,
    iterations: 1000,
    evaluateEvery: 3,
    backend: "reference",
    signal: controller.signal,
    callbacks: { onStep: (iteration) => iteration === 7 && controller.abort() },
  });
  expect(result).toMatchObject({ iterations: 7, aborted: true });
  expect(result.history.map(({ iteration }) => iteration)).toEqual([3, 6]);
});

it("fit({signal}) lets timers abort a run that never waits", async () => {
  const model = smallModel();
  const signal = AbortSignal.timeout(100);
  const result = await fit({
    model,
    optimizer: adamFor(model),
    data,
    iterations: 10_000_000,
    backend: "reference",
    signal,
  });
  expect(result.aborted).toBe(true);
  expect(result.iterations).toBeGreaterThan(0);
});

it("fit({loss, metrics}) takes modules and functions", async () => {
  const model = smallModel();
  const squares = new MSELoss();
  const { history } = await fit({
    model,
    loss: (output, labels) => squares.call(output, oneHot(labels, 4)),
    metrics: { largest: (output) => max(output, 1) },
    optimizer: adamFor(model),
    data,
    validation: data,
    epochs: 1,
    backend: "reference",
  });
  expect(Object.keys(history[0].validation!)).toEqual(["loss", "largest"]);
});

it("fit() leaves each module in the mode it was in", async () => {
  const model = smallModel().eval();
  model.modules[1].train();
  await fit({ model, optimizer: adamFor(model), data, validation: data, epochs: 1, backend: "reference" });
  expect(model.modules.map(({ training }) => training)).toEqual([false, true, false, false]);
});

it.each([
  [{}, "fit: length of the run is unclear, got neither, expected epochs or iterations"],
  [{ epochs: 1, iterations: 1 }, "fit: length of the run is unclear, got both, expected epochs or iterations"],
  [{ epochs: 0 }, "fit: epochs is out of range, got 0, expected an integer of at least 1"],
  [{ iterations: 1.5 }, "fit: iterations is out of range, got 1.5, expected an integer of at least 1"],
  [{ epochs: 1, batchSize: -1 }, "fit: batchSize is out of range, got -1, expected an integer of at least 1"],
  [{ epochs: 1, evaluateEvery: 0 }, "fit: evaluateEvery is out of range, got 0, expected an integer of at least 1"],
])("fit(%o) is refused", async (options, message) => {
  const model = smallModel();
  const failure = fit({ model, optimizer: adamFor(model), data, ...options });
  await expect(failure).rejects.toThrow(OptionError);
  await expect(failure).rejects.toThrow(message);
});

it("fit() with images the model does not take names the layer", async () => {
  const model = new Sequential(new Flatten(), new Linear(5, 4)).initialize(1);
  const failure = fit({ model, optimizer: adamFor(model), data, epochs: 1 });
  await expect(failure).rejects.toThrow(ShapeError);
  await expect(failure).rejects.toThrow("Linear: x has the wrong shape, got [32, 4]");
});

/** 0 / 0 everywhere. */
class BadLayer extends Module {
  override forward(x: Tensor): Tensor {
    return div(sub(x, x), sub(x, x));
  }
}
