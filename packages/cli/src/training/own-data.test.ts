// `tatami train --data` with data of one's own, as a person has it, in processes of their own; the command has to be built
// before.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listCheckpoints } from "tatamijs/checkpoint";
import { writeIdx, writePng } from "tatamijs/formats";
import { load } from "tatamijs/model-file";
import { Random } from "tatamijs/random";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandFile, commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const fixtures = fileURLToPath(new URL("../../../formats/fixtures/parquet/", import.meta.url));
let folder = "";

const tatami = (...args: readonly string[]): Promise<Ended> => commandProcess(args, { cwd: folder });

const random = new Random(3);

/** Noise that is brightest in one channel and half, by its class. */
function image(label: number, width: number, height: number, channels: 1 | 3 = 3): Uint8Array {
  const pixels = new Uint8Array(width * height * channels);
  for (let at = 0; at < pixels.length; at++) {
    const pixel = Math.floor(at / channels);
    const isBright = label === 0 ? pixel < (width * height) / 2 : at % channels === label - 1;
    pixels[at] = Math.floor(random.uniform() * 100 + (isBright ? 150 : 0));
  }
  return writePng({ width, height, channels, pixels });
}

async function images(directory: string, names: readonly string[], count: number, channels: 1 | 3 = 3): Promise<void> {
  for (const [label, name] of names.entries()) {
    await mkdir(join(folder, directory, name), { recursive: true });
    for (let index = 0; index < count; index++) {
      const path = join(folder, directory, name, `${String(index).padStart(3, "0")}.png`);
      await writeFile(path, image(label, 8 + (index % 3), 9, channels));
    }
  }
}

const quick = ["--backend", "wasm", "--batch-size", "8", "--quiet"];

/** The weights of a run's newest checkpoint. */
async function hashOf(run: string): Promise<string> {
  const step = (await listCheckpoints(join(folder, run))).at(-1)!;
  const path = join(folder, run, `step-${String(step).padStart(8, "0")}`);
  const hash = createHash("sha256");
  for (const name of (await readdir(path)).sort().filter((file) => file.endsWith(".safetensors"))) {
    hash.update(await readFile(join(path, name)));
  }
  return hash.digest("hex");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-own-"));
  await images("pets", ["bird", "cat", "dog"], 20);
  await images("split/train", ["bird", "cat", "dog"], 12);
  await images("split/test", ["bird", "cat", "dog"], 5);
  // a class need not be tested
  await rm(join(folder, "split/test/bird"), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tatami train NET --data DIR", () => {
  it("trains on a folder for each class, tests on a fifth of it, and its checkpoints know their images", async () => {
    const args = ["mlp", "--data", "pets", "--iterations", "60", "--normalize", "--class-weights", "balanced"];
    const trained = await tatami("train", ...args, ...quick, "--out", "run");
    expect(trained).toMatchObject({ exitCode: 0, stderr: "" });
    expect(trained.stdout).toMatch(/^mlp: test accuracy (1\.000|\.9\d\d), training accuracy/);
    const { predictions } = JSON.parse(
      (await tatami("predict", "run", "pets/cat", "pets/dog/001.png", "--json")).stdout,
    );
    const guesses = predictions.map(({ guesses: [best] }: { guesses: { class: string }[] }) => best.class);
    expect(guesses.slice(0, 20).filter((guess: string) => guess === "cat").length).toBeGreaterThan(17);
    expect(guesses[20]).toBe("dog");
    const evaluated = JSON.parse((await tatami("evaluate", "run", "--data", "split", "--json")).stdout);
    expect(evaluated).toMatchObject({ split: "test", images: 10, classNames: ["bird", "cat", "dog"] });
    expect(evaluated.accuracy).toBeGreaterThan(0.8);
    const { model: _model, ...preprocessing } = await load(join(folder, "run", "step-00000060", "model.safetensors"));
    expect(preprocessing).toMatchObject({
      inputShape: [3, 9, 8],
      classNames: ["bird", "cat", "dog"],
      mean: [expect.any(Number), expect.any(Number), expect.any(Number)],
      std: [expect.any(Number), expect.any(Number), expect.any(Number)],
    });
    const exported = await tatami("export", "run", "--format", "safetensors", "--out", "pets.safetensors");
    expect(exported.exitCode).toBe(0);
  });

  it("says what the data are, and draws mistakes with the names of their classes", async () => {
    const { stdout } = await tatami(
      "train",
      "mlp",
      "--data",
      "split",
      "--iterations",
      "2",
      "--backend",
      "wasm",
      "--stream",
    );
    expect(stdout).toContain("mlp  216-40-20-3\n");
    expect(stdout).toContain("2 iterations of 100 images, out of 36; 10 to test on\n");
    expect(stdout).toContain("split: 3 × 9 × 8 in 3 classes, streamed, as asked for (30.4 KiB of pixels)\n");
    expect(stdout).not.toContain("published");
    expect(stdout).toMatch(/all 10 test images are right|(cat|dog) taken for (bird|cat|dog)/);
  });

  it.each([
    ["pets", "--validation", ".3"],
    ["split", "--image-size", "6,5"],
    [join(fixtures, "struct-snappy.parquet"), "--seed", "4"],
  ])("of %s learns the same from a stream as from memory where the order is the same", async (data, ...more) => {
    const args = ["mlp", "--data", data, "--iterations", "12", "--evaluate-every", "5", ...more, ...quick];
    const runs = [data, "a", "b"].map((name, index) => `${index === 0 ? "" : name}${name.length}${more[0].slice(2)}`);
    expect(await tatami("train", ...args, "--out", runs[1])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await tatami("train", ...args, "--stream", "--out", runs[2])).toMatchObject({ exitCode: 0, stderr: "" });
    // rows of Parquet files come near their blocks
    if (data.endsWith(".parquet")) expect(await hashOf(runs[2])).not.toBe(await hashOf(runs[1]));
    else expect(await hashOf(runs[2])).toBe(await hashOf(runs[1]));
  });

  it("of a stream is killed and resumed without a trace, and stops at Ctrl-C", async () => {
    const args = [
      "mlp",
      "--data",
      "pets",
      "--stream",
      "--normalize",
      "--checkpoint-every",
      "5",
      "--evaluate-every",
      "20",
    ];
    const begin = ["train", ...args, ...quick, "--iterations"];
    expect(await tatami(...begin, "200", "--out", "whole")).toMatchObject({ exitCode: 0 });
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const run = `ended-${signal}`;
      const child = spawn(process.execPath, [commandFile, ...begin, "20000", "--out", run], {
        cwd: folder,
        stdio: "ignore",
      });
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const isUnderWay = async (): Promise<boolean> =>
        (await listCheckpoints(join(folder, run)).catch(() => [])).some((step) => step > 10);
      while (!(await isUnderWay())) await new Promise((done) => setTimeout(done, 20));
      child.kill(signal);
      expect(await ended).toBe(signal === "SIGINT" ? 130 : null);
      const reached = (await listCheckpoints(join(folder, run))).at(-1)!;
      // what was reached by then differs; a run that is longer is another end
      const end = String(Math.max(200, reached));
      expect(await tatami("train", "--resume", run, "--iterations", end, "--quiet")).toMatchObject({
        exitCode: 0,
        stderr: "",
      });
      if (reached > 200)
        expect(await tatami("train", "--resume", "whole", "--iterations", end, "--quiet")).toMatchObject({
          exitCode: 0,
        });
      expect(await hashOf(run)).toBe(await hashOf("whole"));
    }
  });

  it("ends at a damaged image, names it, keeps what was learnt, and goes on when it is mended", async () => {
    const path = join("pets", "cat", "007.png");
    const whole = await readFile(join(folder, path));
    const begin = ["train", "mlp", "--data", "pets", "--stream", "--iterations", "30", ...quick];
    expect(await tatami(...begin, "--out", "mended")).toMatchObject({ exitCode: 0 });
    await writeFile(join(folder, path), whole.subarray(0, 60));
    const refused = await tatami(...begin, "--out", "broken");
    await writeFile(join(folder, path), whole);
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^tatami: png: pets\/cat\/007\.png .*; it is image 27 of pets\n$/);
    expect(await tatami("train", "--resume", "broken", "--quiet")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await hashOf("broken")).toBe(await hashOf("mended"));
  });

  it("takes IDX files of other images, and lr-find and --profile take data as train does", async () => {
    const pixels = new Uint8Array(30 * 8 * 7).map((_, index) => (Math.floor(index / 56) % 2) * 200);
    await mkdir(join(folder, "idx"));
    await writeFile(join(folder, "idx", "train-images-idx3-ubyte"), writeIdx(pixels, [30, 8, 7]));
    const labels = Uint8Array.from({ length: 30 }, (_, index) => index % 2);
    await writeFile(join(folder, "idx", "train-labels-idx1-ubyte"), writeIdx(labels, [30]));
    const trained = await tatami("train", "simple-conv", "--data", "idx", "--iterations", "3", "--backend", "wasm");
    expect(trained.stdout).toContain("idx: 1 × 8 × 7 in 2 classes, in memory\n");
    const found = await tatami("lr-find", "mlp", "--data", "pets", "--steps", "10", "--backend", "wasm", "--json");
    expect(JSON.parse(found.stdout).rates.length).toBeGreaterThan(2);
    const profiled = await tatami(
      "train",
      "mlp",
      "--data",
      "pets",
      "--stream",
      "--profile",
      "--backend",
      "wasm",
      "--json",
    );
    expect(JSON.parse(profiled.stdout)).toMatchObject({ batchSize: 48 });
  });

  it.each([
    [["--stream"], 2, "--stream is for data of your own, got it with mnist, expected --data beside it"],
    [["--validation", "2"], 2, "--validation is out of range, got 2, expected a number between 0 and 1"],
    [["--data", "pets/cat"], 2, "the images of pets/cat have no class, got files, expected a folder for each class"],
    [["--data", "petz"], 2, "no data petz, got nothing there, did you mean pets?"],
    [
      ["--data", "pets", "--class-weights", "1,2"],
      2,
      "--class-weights does not fit the classes, got 1,2, expected balanced or 3 numbers of at least 0 with commas between",
    ],
    [
      ["--data", "pets", "--image-size", "4"],
      1,
      "net: images are too small for its windows, got 4 × 4, expected at least 6 × 6",
    ],
    [["--data", "pets", "--train-size", "100"], 2, "--train-size is out of range, got 100, expected at most 48"],
    [
      ["--data", "pets", "--image-size", "4,5,6"],
      2,
      "--image-size has too many numbers, got 4,5,6, expected one or height,width",
    ],
  ] as const)("%j is refused in one line", async (args, exitCode, message) => {
    const ended = await tatami("train", "simple-conv", ...args, ...quick, "--out", "refused");
    expect(ended).toEqual({ exitCode, stdout: "", stderr: `tatami: ${message}\n` });
    expect(await readdir(folder)).not.toContain("refused");
  });

  it("--data with a test class that was not trained is refused", async () => {
    await images("odd/train", ["cat", "dog"], 3);
    await images("odd/test", ["cat", "emu"], 3);
    const ended = await tatami("train", "mlp", "--data", "odd", ...quick);
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.stderr).toBe("tatami: imageFolder: odd/test has a class of no number, got emu, expected cat, dog\n");
  });
});

it("tatami data info and preview take a folder with train and test in it, and Parquet files", async () => {
  const info = JSON.parse((await tatami("data", "info", "split", "--json")).stdout);
  const counts = info.splits.map(({ split, images: count }: { split: string; images: number }) => [split, count]);
  expect(counts).toEqual([
    ["train", 36],
    ["test", 10],
  ]);
  expect((await tatami("data", "preview", "split", "--split", "test", "--count", "2")).stdout).toContain("cat");
  const parquet = JSON.parse((await tatami("data", "info", join(fixtures, "struct-snappy.parquet"), "--json")).stdout);
  expect(parquet).toMatchObject({ kind: "parquet", splits: [{ split: null }] });
});
