// Streams beside data in memory: what learns from them gives the same bits.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import "../devices.ts";
import { readCheckpoint } from "../checkpoint/index.ts";
import { type Dataset, take } from "../data/dataset.ts";
import type { ImageStream } from "../data/image-stream.ts";
import { sequential, shuffled } from "../data/sampler.ts";
import { Adam } from "../optim/index.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { profile } from "../tools/index.ts";
import { evaluate, type FitOptions, fit, predict } from "../train/index.ts";
import { brightestPixel, smallModel } from "../train/toy-data.ts";
import { blockOrder } from "./block-order.ts";
import { type ImageStreamOptions, imageStream } from "./prefetched.ts";

const data = brightestPixel(50);
const validation = brightestPixel(21, 2);
const size = 4;

/** Of data in memory; batches come after a while, later ones often first. */
function streamed(dataset: Dataset, changes: Partial<ImageStreamOptions> = {}): ImageStream {
  const { name, imageShape, labels, classes, images } = dataset;
  let turn = 0;
  return imageStream({
    name,
    imageShape,
    labels,
    classes,
    identity: name,
    fill: async (indices, pixels) => {
      await new Promise((done) => setTimeout(done, (turn++ * 7) % 5));
      for (const [place, index] of indices.entries()) {
        pixels.set(images.subarray(index * size, (index + 1) * size), place * size);
      }
    },
    ...changes,
  });
}

function made(changes: Partial<FitOptions> = {}): FitOptions {
  const model = smallModel(3);
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  return { model, optimizer, data, validation, evaluateTraining: true, epochs: 3, batchSize: 8, seed: 7, ...changes };
}

describe.each(["reference", "wasm"])("on the %s backend", (backend) => {
  it.each([
    ["shuffled", {}],
    ["in order", { shuffle: false }],
    ["with replacement", { replacement: true, accumulate: 2 }],
    ["the first batch again and again", { overfitBatch: true }],
    ["a dry run", { epochs: undefined, dryRun: true }],
  ] as const)("fit({data}) learns the same from a stream as from memory: %s", async (_, changes) => {
    const [inMemory, ofStream] = [made({ ...changes, backend }), made({ ...changes, backend })];
    const expected = await fit(inMemory);
    const found = await fit({ ...ofStream, data: streamed(data), validation: streamed(validation) });
    expect(found.history).toEqual(expected.history);
    expect(await ofStream.model.stateDict()).toEqual(await inMemory.model.stateDict());
  });

  it("evaluate, predict and profile take a stream", async () => {
    const model = smallModel(5);
    expect(await evaluate(model, streamed(data), { batchSize: 8, backend })).toEqual(
      await evaluate(model, data, { batchSize: 8, backend }),
    );
    expect(await predict(model, streamed(data), { batchSize: 8, backend })).toEqual(
      await predict(model, data, { batchSize: 8, backend }),
    );
    const optimizer = new Adam(model.parameters());
    expect((await profile({ model, optimizer, data: streamed(data), steps: 1, backend })).batchSize).toBe(32);
  });
});

describe("imageStream({fill})", () => {
  it("holds ahead + 1 batches, however many there are and however slowly they are used", async () => {
    let allocated = 0;
    let asked = 0;
    const stream = streamed(data, {
      ahead: 3,
      allocate: (length) => {
        expect(length).toBe(5 * size);
        allocated++;
        return new Float32Array(length);
      },
      fill: async () => {
        asked++;
      },
    });
    const reader = stream.read(sequential(50, { batchSize: 5 }));
    for (let batch = 0; batch < 30; batch++) {
      await reader.next();
      await new Promise((done) => setTimeout(done));
      expect(asked).toBeLessThanOrEqual(batch + 1 + 3);
    }
    reader.close();
    expect(allocated).toBe(4);
  });

  it("ends what it opened: after training, evaluating, and where an image is damaged", async () => {
    const open: string[] = [];
    const counted = (changes: Partial<ImageStreamOptions>): ImageStream =>
      streamed(data, { onOpen: () => open.push("open"), onClose: () => open.pop(), ...changes });
    await fit(made({ data: counted({}), validation: counted({}) }));
    expect(open).toEqual([]);
    const fill = (): Promise<void> => Promise.reject(new DataError("png: x.png is damaged", "x.png"));
    await expect(fit(made({ data: counted({ fill }) }))).rejects.toThrow("x.png is damaged");
    await expect(evaluate(smallModel(), counted({ fill }))).rejects.toThrow(DataError);
    await expect(predict(smallModel(), counted({ fill }))).rejects.toThrow(DataError);
    expect(open).toEqual([]);
  });

  it("refuses to read no batch ahead", () => {
    expect(() => streamed(data, { ahead: 0 })).toThrow(OptionError);
  });

  it("take(stream, count, start) and subset(indices) are streams of some images", async () => {
    const model = smallModel();
    expect(await predict(model, take(streamed(data), 9, 4))).toEqual(await predict(model, take(data, 9, 4)));
    const some = streamed(data).subset(Int32Array.of(7, 3, 3));
    expect(some.identity).not.toBe(streamed(data).subset(Int32Array.of(7, 3, 4)).identity);
    expect(some.labels).toEqual(Int32Array.of(data.labels[7], data.labels[3], data.labels[3]));
  });

  it("a subset keeps the order of blocks", async () => {
    const order = blockOrder([0, 10, 20, 30, 40], 50, 10);
    const even = Int32Array.from({ length: 25 }, (_, index) => index * 2);
    const some = streamed(data, { order }).subset(even);
    const expected = order(1, 2).filter((index) => index % 2 === 0);
    expect(some.order!(1, 2).map((place) => even[place])).toEqual(expected);
    const sampler = shuffled(25, { batchSize: 25, seed: 1, order: some.order });
    sampler.restore(2);
    const dealt = new Int32Array(25);
    sampler.next(dealt);
    expect(dealt).toEqual(some.order!(1, 2));
  });
});

describe("fit({resume}) of a stream", () => {
  let directory = "";
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Every file of the newest checkpoint. */
  async function content(): Promise<Record<string, string>> {
    const { path } = await readCheckpoint(directory);
    const names = (await readdir(path)).sort();
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), "latin1")])),
    );
  }

  it.each([
    ["shuffled", {}],
    ["with replacement and accumulation", { replacement: true, accumulate: 3 }],
  ] as const)("goes on bit for bit, %s", async (_, changes) => {
    directory = await mkdtemp(join(tmpdir(), "tatami-stream-"));
    const make = (): FitOptions =>
      made({
        data: streamed(data),
        ...changes,
        epochs: undefined,
        iterations: 20,
        evaluateEvery: 6,
        checkpoint: { directory, every: 3 },
      });
    await fit(make());
    const expected = await content();
    await rm(directory, { recursive: true });
    for (const [index, stop] of [2, 8, 13].entries()) {
      const onStep = (iteration: number): void => {
        if (iteration === stop) throw new Error("pulled the plug");
      };
      await expect(fit({ ...make(), resume: index > 0, callbacks: { onStep } })).rejects.toThrow("pulled the plug");
    }
    await fit({ ...make(), resume: true });
    expect(await content()).toEqual(expected);
  });

  it("keeps what was learnt before a damaged image, and goes on when it is mended", async () => {
    directory = await mkdtemp(join(tmpdir(), "tatami-stream-"));
    const make = (changes: Partial<ImageStreamOptions> = {}): FitOptions =>
      made({
        data: streamed(data, changes),
        accumulate: 2,
        epochs: undefined,
        iterations: 10,
        evaluateTraining: false,
        checkpoint: { directory, every: 100 },
      });
    await fit(make());
    const expected = await content();
    await rm(directory, { recursive: true });
    let batches = 0;
    const whole = streamed(data);
    const fill: ImageStreamOptions["fill"] = async (indices, pixels) => {
      if (++batches >= 12) throw new DataError("png: x.png is damaged", "x.png");
      const reader = whole.subset(indices).read(sequential(indices.length, { batchSize: indices.length }));
      pixels.set(await reader.next());
      reader.close();
    };
    await expect(fit(make({ fill }))).rejects.toThrow("x.png is damaged");
    expect((await readCheckpoint(directory)).step).toBe(5);
    await fit({ ...make(), resume: true });
    expect(await content()).toEqual(expected);
  });

  it("refuses other data", async () => {
    directory = await mkdtemp(join(tmpdir(), "tatami-stream-"));
    const checkpoint = { directory };
    await fit(made({ data: streamed(data), checkpoint, epochs: 1 }));
    const other = made({ data: streamed(data, { identity: "another" }), checkpoint, epochs: 2, resume: true });
    await expect(fit(other)).rejects.toThrow(/data.checksum/);
  });
});
