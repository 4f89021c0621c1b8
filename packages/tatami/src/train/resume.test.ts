// Runs that are interrupted and go on: their weights, slots, losses and histories are those of a run that was not.
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import "../devices.ts";
import { readCheckpoint } from "../checkpoint/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { load } from "../model-file/index.ts";
import { BatchNorm1d, Dropout, Flatten, Linear, Module, ReLU, Sequential } from "../nn/index.ts";
import {
  Adam,
  ChainedScheduler,
  CosineAnnealingLR,
  ReduceLROnPlateau,
  RMSProp,
  SGD,
  WeightAverage,
} from "../optim/index.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { type FitOptions, type FitResult, fit } from "./index.ts";
import { brightestPixel } from "./toy-data.ts";

const data = brightestPixel(50);
const validation = brightestPixel(21, 2);
let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tatami-resume-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Everything that moves: dropout, running statistics, slots, two schedules, an average. */
function made(changes: Partial<FitOptions> = {}): FitOptions {
  const model = new Sequential(
    new Flatten(),
    new Linear(4, 12),
    new BatchNorm1d(12),
    new ReLU(),
    new Dropout(0.3),
    new Linear(12, 4),
  ).initialize(3);
  return {
    model,
    optimizer: new Adam(model.parameters(), { lr: 0.02 }),
    scheduler: new ChainedScheduler([new CosineAnnealingLR(30), new ReduceLROnPlateau({ patience: 1 })]),
    average: new WeightAverage(model.parameters(), { decay: 0.8 }),
    earlyStopping: { patience: 50 },
    data,
    validation,
    iterations: 30,
    batchSize: 8,
    evaluateEvery: 4,
    seed: 7,
    backend: "wasm",
    checkpoint: { directory, every: 3, keep: 2 },
    ...changes,
  };
}

/** Runs to the end, recording the loss of each step; `fail` after so many steps. */
async function run(options: FitOptions, losses: number[], fail = Number.POSITIVE_INFINITY): Promise<FitResult> {
  const onStep = (iteration: number, loss: number): void => {
    losses[iteration - 1] = loss;
    if (iteration === fail) throw new Error("pulled the plug");
  };
  return fit({ ...options, callbacks: { ...options.callbacks, onStep } });
}

/** Every file of the newest checkpoint, as text. */
async function content(): Promise<Record<string, string>> {
  const { path } = await readCheckpoint(directory);
  const names = (await readdir(path)).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "latin1")]));
}

/** The same run at once, and interrupted after each of `stops`. */
async function bothWays(make: () => FitOptions, stops: readonly number[]): Promise<void> {
  const losses: number[] = [];
  const whole = await run(make(), losses);
  const expected = await content();
  await rm(directory, { recursive: true });
  const again: number[] = [];
  for (const [index, stop] of stops.entries()) {
    await expect(run({ ...make(), resume: index > 0 }, again, stop)).rejects.toThrow("pulled the plug");
  }
  const rest = await run({ ...make(), resume: true }, again);
  expect(again).toEqual(losses);
  expect(rest.history).toEqual(whole.history);
  expect(rest.iterations).toBe(whole.iterations);
  expect(await content()).toEqual(expected);
}

describe("fit({resume}) equals the uninterrupted run bit for bit", () => {
  it("with dropout, batch norm, Adam, schedules and an average", () => bothWays(made, [2, 7, 8, 20]));

  it("drawing with replacement, accumulating and clipping, on the reference backend", () =>
    bothWays(() => {
      const options = made({ replacement: true, accumulate: 3, clipNorm: 0.5, clipValue: 0.1, backend: "reference" });
      return { ...options, optimizer: new RMSProp(options.model.parameters(), { momentum: 0.9 }) };
    }, [4, 14]));

  it("with a class of the user's own and frozen parameters", () =>
    bothWays(() => {
      class Own extends Module {
        readonly first = new Linear(4, 8);
        readonly second = new Linear(8, 4);
        readonly drop = new Dropout(0.2);
        readonly flat = new Flatten();

        override forward(x: Tensor): Tensor {
          return this.second.call(this.drop.call(this.first.call(this.flat.call(x)).relu()));
        }
      }
      const model = new Own().initialize(5);
      model.first.freeze();
      const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.5 });
      return made({ model, optimizer, scheduler: undefined, average: undefined });
    }, [10]));

  it("after a signal, in the middle of an evaluation too", async () => {
    const losses: number[] = [];
    const whole = await run(made(), losses);
    const expected = await content();
    await rm(directory, { recursive: true });
    const controller = new AbortController();
    const stopped = await fit({
      ...made(),
      signal: controller.signal,
      callbacks: { onStep: (iteration) => iteration === 8 && controller.abort() },
    });
    expect(stopped).toMatchObject({ iterations: 8, aborted: true, stopped: "signal" });
    expect(stopped.history.map(({ iteration }) => iteration)).toEqual([4]);
    const rest = await fit({ ...made(), resume: true });
    expect(rest.history).toEqual(whole.history);
    expect(await content()).toEqual(expected);
  });
});

it("fit({resume, iterations}) may go on for longer", async () => {
  await fit(made({ iterations: 12 }));
  const { history } = await fit(made({ iterations: 16, resume: true }));
  expect(history.map(({ iteration }) => iteration)).toEqual([4, 8, 12, 16]);
});

it("fit({checkpoint}) writes weights that load opens", async () => {
  const options = made();
  await fit(options);
  const { path } = await readCheckpoint(directory);
  const { model } = await load(join(path, "model.safetensors"));
  expect(await model.stateDict()).toEqual(await options.model.stateDict());
});

it("fit({checkpoint}) tells onCheckpoint, keeps the best, and refuses a folder that has a run", async () => {
  const written: number[] = [];
  const best = ({ iteration }: { iteration: number }): number => -iteration;
  const options = made({
    checkpoint: { directory, every: 4, keep: 1, best },
    callbacks: { onCheckpoint: ({ step }) => void written.push(step) },
  });
  await fit(options);
  expect(written).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 30]);
  expect((await readdir(directory)).sort()).toEqual(["step-00000004", "step-00000030"]);
  await expect(fit(made())).rejects.toThrow(
    /^fit: \S+ has a run already, got checkpoints of steps 4, 30, expected a folder without, or resume$/,
  );
});

describe("fit({resume}) refuses", () => {
  it.each<[string, (options: FitOptions) => FitOptions, string]>([
    ["another seed", (options) => ({ ...options, seed: 8 }), "got seed 8 where the run has 7, expected the same"],
    [
      "another learning rate and batch size",
      (options) => ({ ...options, batchSize: 9, optimizer: new Adam(options.model.parameters(), { lr: 0.03 }) }),
      "got optimizer.groups.0.lr 0.03 where the run has 0.02, batchSize 9 where the run has 8, expected the same",
    ],
    [
      "another model",
      (options) => {
        const model = new Sequential(new Flatten(), new Linear(4, 4)).initialize(3);
        return { ...options, model, optimizer: new Adam(model.parameters(), { lr: 0.02 }), average: undefined };
      },
      "model.modules.1.outFeatures 4 where the run has 12",
    ],
    ["other data", (options) => ({ ...options, data: brightestPixel(50, 9) }), "got data.checksum"],
    [
      "no schedule",
      (options) => ({ ...options, scheduler: undefined }),
      "got scheduler null where the run has nothing",
    ],
    [
      "another backend",
      (options) => ({ ...options, backend: "reference" }),
      'got backend "reference" where the run has',
    ],
  ])("%s", async (_name, change, message) => {
    await fit(made({ iterations: 3 }));
    const before = await readdir(directory);
    const failure = await fit(change(made({ resume: true }))).catch((error) => error);
    expect(failure).toBeInstanceOf(OptionError);
    expect(failure.message).toContain(message);
    expect(await readdir(directory)).toEqual(before);
  });

  it("a damaged checkpoint, says which is good, and goes on from that when told", async () => {
    const losses: number[] = [];
    await run(made(), losses);
    const expected = await content();
    const { path } = await readCheckpoint(directory);
    await writeFile(join(path, "slots.safetensors"), "not what it was");
    const refused = fit(made({ resume: true }));
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(
      /slots\.safetensors is truncated, .*; the one of step 27 is good, .* resume: 27$/,
    );
    const again: number[] = [];
    await run(made({ resume: 27 }), again);
    expect(again.slice(27)).toEqual(losses.slice(27));
    expect(await content()).toEqual(expected);
    expect(readFileSync(join(directory, "step-00000030.aside-1", "slots.safetensors"), "utf8")).toBe("not what it was");
  });

  it("to begin where there is nothing, and leaves nothing there", async () => {
    const nowhere = join(directory, "typo");
    await expect(fit(made({ resume: true, checkpoint: { directory: nowhere } }))).rejects.toThrow("got nothing there");
    expect(await readdir(directory)).toEqual([]);
    await expect(fit(made({ resume: true, checkpoint: undefined }))).rejects.toThrow("got resume without checkpoint");
  });
});
