// Streams of folders and of Parquet files beside the same data in memory. The package has to be built before: threads run what
// was built.
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageStream, normalize, sequential, shuffled } from "tatamijs/data";
import { writePng } from "tatamijs/formats";
import { Flatten, Linear, Sequential } from "tatamijs/nn";
import { SGD } from "tatamijs/optim";
import { Random } from "tatamijs/random";
import { DataError, OptionError } from "tatamijs/shape";
import { split } from "tatamijs/streams";
import { fit } from "tatamijs/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageFolder } from "../image-folder.ts";
import { parquetImages } from "../parquet/parquet-dataset.ts";
import { streamImageFolder } from "./stream-folder.ts";
import { streamParquet } from "./stream-parquet.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/parquet/", import.meta.url));
let root = "";

/** Three classes of noise, `count` images each. */
async function noise(name: string, count: number, channels: 1 | 3 = 1): Promise<string> {
  const random = new Random(5);
  const directory = join(root, name);
  for (const label of ["ant", "bee", "cat"]) {
    await mkdir(join(directory, label), { recursive: true });
    for (let index = 0; index < count; index++) {
      const pixels = new Uint8Array(12 * channels).map(() => Math.floor(random.uniform() * 256));
      const bytes = writePng({ width: 4, height: 3, channels, pixels });
      await writeFile(join(directory, label, `${String(index).padStart(3, "0")}.png`), bytes);
    }
  }
  return directory;
}

/** All batches of an epoch, one after the other. */
async function pixelsOf(stream: ImageStream, batchSize = 7): Promise<Float32Array> {
  const count = stream.labels.length;
  const size = stream.imageShape.reduce((product, length) => product * length, 1);
  const reader = stream.read(sequential(count, { batchSize }));
  const pixels = new Float32Array(count * size);
  for (let begin = 0; begin < count; begin += batchSize) {
    const batch = await reader.next();
    pixels.set(batch.subarray(0, Math.min(batchSize, count - begin) * size), begin * size);
  }
  reader.close();
  return pixels;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tatami-streams-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("streamImageFolder(directory)", () => {
  it.each([
    [0, 0],
    [1, 2 ** 20],
    [3, 100],
  ])("brings what imageFolder holds, with %i workers and %i bytes of cache, twice", async (workers, cacheBytes) => {
    const directory = await noise(`noise-${workers}`, 11, 3);
    const expected = await imageFolder(directory);
    const stream = await streamImageFolder(directory, { workers, cacheBytes });
    const { imageShape, labels, classes, classNames, name } = expected;
    expect(stream).toMatchObject({ imageShape, labels, classes, classNames, name });
    for (let epoch = 0; epoch < 2; epoch++) expect(await pixelsOf(stream)).toEqual(expected.images);
  });

  it("brings images to a shape and normalises them as data in memory", async () => {
    const directory = await noise("shaped", 4, 3);
    const imageShape = [1, 5, 2] as const;
    const normalization = { mean: [0.4], std: [0.3] };
    const expected = normalize(await imageFolder(directory, { imageShape, limitPerClass: 3 }), normalization);
    const stream = await streamImageFolder(directory, { imageShape, limitPerClass: 3, normalization, workers: 2 });
    expect(await pixelsOf(stream)).toEqual(expected.images);
  });

  it("trains fit to the same bits with any number of workers as from memory", async () => {
    const directory = await noise("fit", 9);
    const weights = async (data: Parameters<typeof fit>[0]["data"]): Promise<unknown> => {
      const model = new Sequential(new Flatten(), new Linear(12, 3)).initialize(1);
      const { rest, part } = split(data, 0.3, 2);
      const optimizer = new SGD(model.parameters(), { lr: 0.5 });
      const run = { model, optimizer, data: rest, validation: part, epochs: 4, batchSize: 4, seed: 9, backend: "wasm" };
      const { history } = await fit(run);
      return { history, weights: await model.stateDict() };
    };
    const expected = await weights(await imageFolder(directory));
    for (const workers of [0, 1, 2, 4]) {
      expect(await weights(await streamImageFolder(directory, { workers, cacheBytes: 200 }))).toEqual(expected);
    }
  });

  it.each([0, 2])("names the damaged image and its index, with %i workers, and can be read again", async (workers) => {
    const directory = await noise(`damaged-${workers}`, 5);
    const path = join(directory, "bee", "002.png");
    await writeFile(path, "no image");
    const stream = await streamImageFolder(directory, { workers });
    const failed = pixelsOf(stream, 4);
    await expect(failed).rejects.toThrow(DataError);
    await expect(failed).rejects.toThrow(`image: ${path} is of another format`);
    await expect(failed).rejects.toThrow(`it is image 7 of ${directory}`);
    await expect(failed).rejects.toMatchObject({ source: path });
    const reader = stream.read(sequential(7, { batchSize: 4 }));
    await reader.next();
    reader.close();
    await rm(path);
    await expect(pixelsOf(stream, 4)).rejects.toThrow(`file: ${path} cannot be read`);
    if (process.platform !== "win32") {
      execFileSync("mkfifo", [path]);
      await expect(pixelsOf(stream, 4)).rejects.toThrow('got "a folder, pipe or device"');
    }
  });

  it("refuses images of another shape, and options out of range", async () => {
    const directory = await noise("odd", 2);
    const path = join(directory, "cat", "001.png");
    await writeFile(path, writePng({ width: 4, height: 4, channels: 1, pixels: new Uint8Array(16) }));
    const expected = `stream: ${path} is of another shape, got [1, 4, 4], expected [1, 3, 4] of ${join("ant", "000.png")}`;
    await expect(pixelsOf(await streamImageFolder(directory))).rejects.toThrow(expected);
    for (const options of [
      { workers: -1 },
      { ahead: 0 },
      { cacheBytes: 0.5 },
      { limitPerClass: 0 },
      { normalization: { mean: [0], std: [0] } },
      { normalization: { mean: [0, 0], std: [1, 1] } },
    ]) {
      await expect(streamImageFolder(directory, options)).rejects.toThrow(OptionError);
    }
  });

  it("lets a process end that stops in the middle, and one that trains to the end", async () => {
    const directory = await noise("process", 20);
    const program = `
      import { streamImageFolder } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
      import { sequential } from "tatamijs/data";
      const stream = await streamImageFolder(${JSON.stringify(directory)}, { workers: 2 });
      const reader = stream.read(sequential(60, { batchSize: 4 }));
      const batch = await reader.next();
      if (process.argv[1] === "close") reader.close();
      console.log(batch.length);`;
    for (const how of ["close", "leave"]) {
      const ended = await new Promise<{ code: number | null; stdout: string }>((resolve) => {
        const args = ["--input-type=module", "-e", program, how];
        const cwd = fileURLToPath(new URL("../..", import.meta.url));
        const child = execFile(process.execPath, args, { cwd, timeout: 50_000 }, (_error, stdout) =>
          resolve({ code: child.exitCode, stdout }),
        );
      });
      expect(ended).toEqual({ code: 0, stdout: "48\n" });
    }
  });
});

describe("streamParquet(path)", () => {
  it.each(["struct-snappy", "list", "planes", "struct-gzip", "binary"])(
    "brings what parquetImages holds: %s",
    async (name) => {
      const path = join(fixtures, `${name}.parquet`);
      const expected = await parquetImages(path);
      for (const workers of [0, 2]) {
        const stream = await streamParquet(path, { workers, cacheBytes: 0 });
        const { imageShape, labels, classes, classNames } = expected;
        expect(stream).toMatchObject({ imageShape, labels, classes, classNames });
        for (let epoch = 0; epoch < 2; epoch++) expect(await pixelsOf(stream, 3)).toEqual(expected.images);
      }
    },
  );

  it("shuffles all rows, by seed and epoch", async () => {
    const path = join(fixtures, "struct-snappy.parquet");
    const { images, labels, imageShape } = await parquetImages(path);
    const stream = await streamParquet(path, { workers: 2 });
    const count = labels.length;
    const order = stream.order!(3, 1);
    expect([...order].sort((a, b) => a - b)).toEqual([...labels.keys()]);
    const sampler = shuffled(count, { batchSize: count, seed: 3, order: stream.order });
    sampler.restore(1);
    const reader = stream.read(sampler);
    const size = imageShape[0] * imageShape[1] * imageShape[2];
    const expected = new Float32Array(count * size);
    for (const [place, index] of order.entries()) {
      expected.set(images.subarray(index * size, (index + 1) * size), place * size);
    }
    expect(await reader.next()).toEqual(expected);
    reader.close();
  });

  it("names the row that is damaged", async () => {
    const path = join(fixtures, "null-image.parquet");
    await expect(streamParquet(path).then((stream) => pixelsOf(stream))).rejects.toThrow(DataError);
  });
});
