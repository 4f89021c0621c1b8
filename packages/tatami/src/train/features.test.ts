// What fit can be told beside model, optimiser and data: schedules, accumulation, averages, and ways to end early.
import { describe, expect, it } from "vitest";
import "../devices.ts";
import { crossEntropy } from "../ops/index.ts";
import { Adam, ReduceLROnPlateau, SGD, StepLR, WeightAverage } from "../optim/index.ts";
import { OptionError } from "../shape/errors.ts";
import { setBackend } from "../tensor/index.ts";
import { evaluate } from "./evaluate.ts";
import { type FitOptions, fit } from "./index.ts";
import { brightestPixel, smallModel } from "./toy-data.ts";

const data = brightestPixel(48);
setBackend("wasm");

function made(changes: Partial<FitOptions> = {}): FitOptions {
  const model = smallModel();
  return { model, optimizer: new SGD(model.parameters(), { lr: 0.1 }), data, iterations: 12, batchSize: 8, ...changes };
}

async function weights({ model }: FitOptions): Promise<unknown> {
  return model.stateDict();
}

it("fit({scheduler}) sets the learning rate of every step, of a compiled step", async () => {
  const rates: number[] = [];
  const options = made({
    scheduler: new StepLR(4, { gamma: 0.5 }),
    callbacks: { onStep: (_iteration, _loss, { optimizer }) => rates.push(optimizer.learningRates![0]) },
  });
  await fit(options);
  expect(rates).toEqual([0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025]);
  const still = made({ scheduler: new StepLR(1, { gamma: 1e-30 }), iterations: 1 });
  await fit(still);
  const after = await weights(still);
  await fit({ ...still, iterations: 5, scheduler: new StepLR(1, { gamma: 1e-30 }) });
  expect(await weights(still)).not.toEqual(after);
});

it("fit({schedulerPer: epoch}) counts epochs, and a plateau evaluations", async () => {
  const rates: number[] = [];
  const onStep: NonNullable<FitOptions["callbacks"]>["onStep"] = (_iteration, _loss, { optimizer }) =>
    rates.push(optimizer.learningRates![0]);
  await fit(made({ scheduler: new StepLR(1, { gamma: 0.5 }), schedulerPer: "epoch", callbacks: { onStep } }));
  expect(rates).toEqual([...Array(6).fill(0.1), ...Array(6).fill(0.05)]);
  rates.length = 0;
  const scheduler = new ReduceLROnPlateau({ patience: 0, threshold: 1e9, thresholdMode: "abs", factor: 0.5 });
  await fit(made({ scheduler, evaluateEvery: 3, validation: data, callbacks: { onStep } }));
  expect(rates.map((rate) => rate / 0.1)).toEqual([1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
});

it("fit({accumulate}) makes the update of one large batch", async () => {
  const [large, small] = [
    made({ batchSize: 16, shuffle: false }),
    made({ accumulate: 4, batchSize: 4, shuffle: false }),
  ];
  const [one, four] = [await fit(large), await fit(small)];
  expect(four.finalLoss).toBeCloseTo(one.finalLoss, 5);
  const [a, b] = await Promise.all([large.model.stateDict(), small.model.stateDict()]);
  for (const name of Object.keys(a)) {
    a[name].values.forEach((value, index) => {
      expect(b[name].values[index]).toBeCloseTo(value, 5);
    });
  }
  const epochs: [number, number][] = [];
  const run = await fit(
    made({
      accumulate: 4,
      batchSize: 8,
      iterations: undefined,
      epochs: 2,
      callbacks: { onEpoch: (epoch, { iteration }) => void epochs.push([epoch, iteration]) },
    }),
  );
  expect(run.iterations).toBe(3);
  expect(epochs).toEqual([
    [1, 2],
    [2, 3],
  ]);
});

it("fit({clipValue}) and fit({clipNorm}) bound the step", async () => {
  const distance = async (changes: Partial<FitOptions>): Promise<number> => {
    const options = made({ iterations: 1, ...changes });
    const before = await options.model.stateDict();
    await fit(options);
    const after = await options.model.stateDict();
    const moved = Object.keys(before).flatMap((name) =>
      [...after[name].values].map((v, i) => v - before[name].values[i]),
    );
    return Math.hypot(...moved);
  };
  const free = await distance({});
  expect(await distance({ clipNorm: 1e6 })).toBeCloseTo(free, 6);
  expect(await distance({ clipNorm: 0.01 })).toBeCloseTo(0.001, 6);
  expect(await distance({ clipValue: 1e-4 })).toBeLessThan(1e-5 * 12.3);
});

it("fit({average}) evaluates with the averages, which swap gives to the model", async () => {
  const options = made({ validation: brightestPixel(30, 4), evaluateEvery: 12 });
  const average = new WeightAverage(options.model.parameters(), { decay: 0.9 });
  const { history } = await fit({ ...options, average });
  const trained = await evaluate(options.model, options.validation!);
  expect(history[0].validation).not.toEqual(trained);
  await average.swap();
  expect(await evaluate(options.model, options.validation!)).toEqual(history[0].validation);
});

it("fit({loss}) takes class weights and label smoothing", async () => {
  const options = made({
    loss: (output, labels) => crossEntropy(output, labels, { weight: [1, 2, 3, 4], labelSmoothing: 0.1 }),
    iterations: 60,
  });
  await fit(options);
  expect((await evaluate(options.model, data)).accuracy).toBeGreaterThan(0.4);
});

describe("a run ends early", () => {
  it("by stop() of any callback, evaluated", async () => {
    for (const [name, expected] of [
      ["onStep", 1],
      ["onEvaluate", 5],
      ["onEpoch", 6],
    ] as const) {
      const callbacks = {
        [name]: (_first: unknown, second: unknown, third?: unknown) => {
          const view = (third ?? second) as { stop(): void };
          view.stop();
        },
      };
      const result = await fit(made({ callbacks, evaluateEvery: 5, validation: data }));
      expect(result).toMatchObject({ iterations: expected, stopped: "callback", aborted: false });
      expect(result.history.at(-1)?.iteration).toBe(expected);
    }
  });

  it("by earlyStopping, when evaluations get no better", async () => {
    const result = await fit(
      made({ validation: data, evaluateEvery: 1, earlyStopping: { metric: "loss", patience: 3, minDelta: 1e9 } }),
    );
    expect(result).toMatchObject({ iterations: 4, stopped: "early stopping" });
  });
});

it("fit({overfitBatch}) learns one batch by heart", async () => {
  const model = smallModel();
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const { finalLoss } = await fit(made({ model, optimizer, overfitBatch: true, iterations: 200 }));
  expect(finalLoss).toBeLessThan(0.01);
});

it("fit({dryRun}) makes one step and evaluates one batch", async () => {
  const result = await fit(made({ epochs: 5, iterations: undefined, dryRun: true, validation: data }));
  expect(result).toMatchObject({ iterations: 1, stopped: null });
  expect(result.history).toHaveLength(1);
});

it.each<[string, Partial<FitOptions>]>([
  ["fit: accumulate is out of range, got 0, expected an integer of at least 1", { accumulate: 0 }],
  ["fit: clipNorm is out of range, got -1, expected more than 0", { clipNorm: -1 }],
  [
    "fit: earlyStopping.patience is out of range, got 0, expected an integer of at least 1",
    { earlyStopping: { patience: 0 } },
  ],
  [
    "fit: earlyStopping.metric is unknown, got acuracy, expected one of loss, accuracy",
    { earlyStopping: { patience: 1, metric: "acuracy" }, validation: data, evaluateEvery: 1 },
  ],
  [
    "fit: checkpoint.every is out of range, got 0, expected an integer of at least 1",
    { checkpoint: { directory: "x", every: 0 } },
  ],
])("refuses: %s", async (message, changes) => {
  const refused = fit(made(changes));
  await expect(refused).rejects.toThrow(OptionError);
  await expect(refused).rejects.toThrow(message);
});
