// Trained models and images as a person has them, in processes of their own; the command has to be built before.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder, readCheckpoint } from "tatamijs/checkpoint";
import { writeIdx, writePng } from "tatamijs/formats";
import { save } from "tatamijs/model-file";
import { Flatten, Linear, Sequential } from "tatamijs/nn";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000 });

let folder = "";

const tatami = (args: readonly string[], input?: Uint8Array): Promise<Ended> =>
  commandProcess(args, { cwd: folder, ...(input && { input }) });

/** 2 × 2 pixels of which one is bright. */
const dot = (place: number): Uint8Array => {
  const pixels = new Uint8Array(4);
  pixels[place] = 255;
  return writePng({ width: 2, height: 2, channels: 1, pixels });
};

/** A model that says which of four pixels is brightest. */
async function saveModel(): Promise<void> {
  const linear = new Linear(4, 4);
  const model = new Sequential(new Flatten(), linear).initialize(1);
  linear.weight.set(Float32Array.from({ length: 16 }, (_, index) => (index % 5 === 0 ? 4 : 0)));
  linear.bias!.set(new Float32Array(4));
  const classNames = ["top left", "top right", "bottom left", "bottom right"];
  await save(model, join(folder, "corner.safetensors"), { inputShape: [1, 2, 2], classNames });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-models-"));
  await saveModel();
  for (const [place, name] of ["top left", "top right"].entries()) {
    await mkdir(join(folder, "corners", name), { recursive: true });
    await writeFile(join(folder, "corners", name, "1.png"), dot(place));
  }
  await writeFile(join(folder, "corners", "top right", "2.png"), dot(3));
  const args = "train mlp --train-size 60 --test-size 40 --batch-size 8 --backend wasm --quiet --iterations 6 --ema .9";
  expect(await tatami([...args.split(" "), "--out", "run"])).toMatchObject({ exitCode: 0, stderr: "" });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const wasm = ["--backend", "wasm"];

it("tatami evaluate and export refuse a checkpoint without weights alike", async () => {
  const { state } = await readCheckpoint(join(folder, "run"));
  const written = await CheckpointFolder.open(join(folder, "bare"));
  await written.write({ step: 6, score: null, files: {}, state });
  await written.close();
  for (const args of [
    ["evaluate", "bare"],
    ["export", "bare", "--format", "npz"],
  ]) {
    const { exitCode, stderr } = await tatami(args);
    expect(stderr).toMatch(
      /^tatami: \S*bare\S* was not written by tatami train, got no model\.safetensors, expected one\n$/,
    );
    expect(exitCode).toBe(2);
  }
});

it.each([
  null,
  {},
  { classes: 2, inputShape: [1, 2] },
  { classes: 0.5, inputShape: [1, 2, 2] },
  { classes: 2, inputShape: [1, 2, 2], classNames: ["one"] },
  { classes: 2, inputShape: [3, 2, 2], mean: [0] },
])("tatami evaluate refuses a checkpoint whose input is %j", async (input) => {
  const { state } = await readCheckpoint(join(folder, "run"));
  const directory = await mkdtemp(join(folder, "input-"));
  const written = await CheckpointFolder.open(directory);
  const notes = { ...(state.notes as object), input };
  await written.write({ step: 6, score: null, files: {}, state: { ...state, notes } });
  await written.close();
  const { exitCode, stderr } = await tatami(["evaluate", directory, ...wasm]);
  expect(stderr).toMatch(/^tatami: \S+ was not written by tatami train, got an input of .*, expected one\n$/);
  expect(exitCode).toBe(2);
});

describe("tatami predict MODEL IMAGE…", () => {
  it("shows the best guesses with bars", async () => {
    const { exitCode, stdout, stderr } = await tatami([
      "predict",
      "corner.safetensors",
      "corners/top right/1.png",
      "--top",
      "2",
      ...wasm,
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "",
        "corners/top right/1.png",
        `  top right  ${"█".repeat(28)}▍   94.8 %`,
        `  top left   ▌                                1.7 %`,
        "",
        "",
      ].join("\n"),
    );
  });

  it("takes a folder, a pattern and the standard input, and prints JSON", async () => {
    const args = ["predict", "corner.safetensors", "corners/top right", "corners/*/1.png", "-", "--json", ...wasm];
    const { stdout, stderr } = await tatami([...args, "--top", "1"], dot(2));
    expect(stderr).toBe("");
    const { predictions } = JSON.parse(stdout);
    expect(
      predictions.map(({ image, guesses }: { image: string; guesses: { class: string }[] }) => [
        image,
        guesses[0].class,
      ]),
    ).toEqual([
      [join("corners", "top right", "1.png"), "top right"],
      [join("corners", "top right", "2.png"), "bottom right"],
      [join("corners", "top left", "1.png"), "top left"],
      [join("corners", "top right", "1.png"), "top right"],
      ["-", "bottom left"],
    ]);
  });

  it("takes the folder of a run, centres what is asked for and says where --invert would help", async () => {
    const pixels = new Uint8Array(40 * 50).fill(220);
    for (let y = 10; y < 30; y++) pixels.fill(20, y * 50 + 8, y * 50 + 12);
    await writeFile(join(folder, "photo"), writePng({ width: 50, height: 40, channels: 1, pixels }));
    const plain = await tatami(["predict", "run", "photo", ...wasm]);
    expect(plain).toMatchObject({
      exitCode: 0,
      stderr: "tatami: images look like dark ink on bright paper, MNIST's are bright on black: try --invert --centre\n",
    });
    const centred = await tatami(["predict", "run", "photo", "--invert", "--centre", ...wasm]);
    expect(centred).toMatchObject({ exitCode: 0, stderr: "" });
    expect(centred.stdout.match(/%/g)).toHaveLength(3);
    const refused = await tatami(["predict", "run", "photo", "--centre", ...wasm]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^tatami: centreDigit: photo holds no digit, got .* has to be inverted\n$/);
  });

  it.each([
    [
      ["predict", "corner.safetensor", "corners/top right"],
      "no model corner.safetensor, got nothing there, did you mean corner.safetensors?",
    ],
    [
      ["predict", "run", "corners/top right/3.png"],
      "no image corners/top right/3.png, got nothing there, did you mean corners/top right/1.png?",
    ],
    [["predict", "run", "corner"], "no image corner, got nothing there, expected a file, a folder or a pattern"],
    [["predict", "run", "none*.png"], "no images match none*.png, got none, expected at least one"],
    [
      ["predict", "corners", "-"],
      "no model in corners, got no checkpoint, expected a model file or a folder that tatami train --out made",
    ],
    [["evaluate", "run", "--data", "mnits"], "no data mnits, got nothing there, did you mean mnist?"],
    [["evaluate", "run", "--split", "tset"], 'unknown split "tset", did you mean test? (expected one of train, test)'],
    [
      ["evaluate", "corner.safetensors", "--data", "corners", "--split", "test"],
      "corners is a folder of images and has no splits, got test, expected the folder of one split, without --split",
    ],
    [["data", "info", "corner"], "no data corner, got nothing there, did you mean corners?"],
  ])("tatami %j is refused in one line", async (args, message) => {
    expect(await tatami(args)).toEqual({ exitCode: 2, stdout: "", stderr: `tatami: ${message}\n` });
  });
});

describe("tatami evaluate MODEL --data DIR", () => {
  it("counts by the names of the classes", async () => {
    const { exitCode, stdout } = await tatami([
      "evaluate",
      "corner.safetensors",
      "--data",
      "corners",
      "--json",
      ...wasm,
    ]);
    expect(exitCode).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      images: 3,
      split: null,
      accuracy: 2 / 3,
      confusion: [
        [1, 0, 0, 0],
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    });
    expect(found.bins).toHaveLength(10);
    expect(found.calibrationError).toBeCloseTo(Math.abs(2 - 3 * 0.948) / 3, 2);
  });

  it("shows a run's accuracy on MNIST's test images, as the run itself found it", async () => {
    const { exitCode, stdout } = await tatami(["evaluate", "run", "--limit", "40", ...wasm]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/run, step 6 {2}on mnist test, 40 images/);
    const [, accuracy] = /accuracy +([.\d]+)/.exec(stdout) ?? [];
    const runs = JSON.parse((await tatami(["runs", "run", "--json"])).stdout);
    expect(Number(accuracy)).toBeCloseTo(runs[0].history.at(-1).validation.accuracy, 3);
    const refused = await tatami(["evaluate", "corner.safetensors", ...wasm]);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: "tatami: mnist does not fit the model, got images of [1, 28, 28], expected [1, 2, 2]\n",
    });
  });
});

describe("tatami data", () => {
  it("info counts classes and shapes of a folder of images and of IDX files", async () => {
    const images = JSON.parse((await tatami(["data", "info", "corners", "--json"])).stdout);
    expect(images).toEqual({
      data: "corners",
      kind: "images",
      splits: [
        {
          split: null,
          images: 3,
          shapes: [{ shape: [1, 2, 2], count: 3 }],
          classes: [
            { name: "top left", count: 1 },
            { name: "top right", count: 2 },
          ],
          range: [0, 1],
          mean: [0.25],
          std: [Math.sqrt(3) / 4],
        },
      ],
    });
    await mkdir(join(folder, "idx"));
    await writeFile(join(folder, "idx", "train-images-idx3-ubyte"), writeIdx(new Uint8Array(12).fill(51), [2, 2, 3]));
    await writeFile(join(folder, "idx", "train-labels-idx1-ubyte"), writeIdx(Uint8Array.of(0, 2), [2]));
    const { stdout } = await tatami(["data", "info", "idx"]);
    expect(stdout).toMatch(
      /idx {2}idx\n\n {2}train {2}2 images of 1 × 2 × 3, 3 classes\n {2}values \.200 to \.200 of 1/,
    );
  });

  it("preview draws images with their classes", async () => {
    const { exitCode, stdout } = await tatami(["data", "preview", "corners", "--count", "2"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`\n  ▒                           ▒\n  top left                   top right\n\n`);
  });
});
