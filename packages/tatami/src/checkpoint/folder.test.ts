// Folders of checkpoints: what is kept, what is refused, and what a kill, a full disk and a second run do.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError, OptionError } from "../shape/errors.ts";
import { CheckpointFolder } from "./folder.ts";
import { listCheckpoints, readCheckpoint } from "./read.ts";
import { encodeRecord } from "./record.ts";

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tatami-checkpoint-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 255);

async function writeSteps(steps: readonly number[], scores: readonly (number | null)[] = [], keep = 3): Promise<void> {
  const folder = await CheckpointFolder.open(directory, { keep });
  try {
    for (const [index, step] of steps.entries()) {
      const files = { "a.bin": bytes(100, step), "b.bin": bytes(7) };
      await folder.write({ step, score: scores[index] ?? null, files, state: { step, text: "so far" } });
    }
  } finally {
    await folder.close();
  }
}

const stepFolder = (step: number): string => join(directory, `step-${String(step).padStart(8, "0")}`);

describe("write(checkpoint)", () => {
  it("gives readCheckpoint what was written, and the same bytes for the same content", async () => {
    await writeSteps([5]);
    const { step, score, files, state } = await readCheckpoint(directory);
    expect({ step, score, state }).toEqual({ step: 5, score: null, state: { step: 5, text: "so far" } });
    expect([...files.keys()]).toEqual(["a.bin", "b.bin"]);
    expect(Uint8Array.from(files.get("a.bin")!)).toEqual(bytes(100, 5));
    const first = await readFile(join(stepFolder(5), "checkpoint.json"));
    await rm(stepFolder(5), { recursive: true });
    await writeSteps([5]);
    expect(await readFile(join(stepFolder(5), "checkpoint.json"))).toEqual(first);
  });

  it("keeps the newest and the best, also of a run before", async () => {
    await writeSteps([10, 20, 30], [0.5, 0.9, 0.9], 2);
    expect(await listCheckpoints(directory)).toEqual([20, 30]);
    await writeSteps([40, 50, 60], [0.3, null, 0.1], 2);
    expect(await listCheckpoints(directory)).toEqual([20, 50, 60]);
    expect((await readdir(directory)).sort()).toEqual(["step-00000020", "step-00000050", "step-00000060"]);
  });

  it("never writes over one that is there", async () => {
    await writeSteps([1]);
    await truncate(join(stepFolder(1), "a.bin"), 3);
    await expect(writeSteps([1])).rejects.toThrow(DataError);
    expect((await readFile(join(stepFolder(1), "a.bin"))).length).toBe(3);
    expect(await readdir(directory)).toEqual(["step-00000001"]);
  });

  it("to a full disk leaves the one before usable and says so", async (context) => {
    const disk = join(directory, "disk");
    await mkdir(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    if (mounted.status !== 0) context.skip("no tmpfs can be mounted here");
    try {
      const folder = await CheckpointFolder.open(disk);
      const write = (step: number, length: number): Promise<string> =>
        folder.write({ step, score: null, files: { "a.bin": bytes(length) }, state: {} });
      await write(1, 90_000);
      await expect(write(2, 190_000)).rejects.toThrow(
        /^checkpoint: step 2 cannot be written to \S+, got a full disk, expected room for 190\d\d\d bytes; the one of step 1 is whole$/,
      );
      expect((await readCheckpoint(disk)).step).toBe(1);
      expect((await readdir(disk)).sort()).toEqual(["lock", "step-00000001"]);
      await write(3, 90_000);
      await folder.close();
      expect((await readCheckpoint(disk)).step).toBe(3);
    } finally {
      spawnSync("umount", [disk]);
    }
  });
});

describe("what is written", () => {
  it("stays within the folder where a step's name is a link to another", async () => {
    const outside = await mkdtemp(join(tmpdir(), "tatami-outside-"));
    try {
      await writeFile(join(outside, "mine.txt"), "mine");
      await symlink(outside, stepFolder(1));
      await expect(writeSteps([1])).rejects.toThrow(DataError);
      // older than what is kept: the link is removed, not what it leads to
      await writeSteps([2, 3, 4, 5], [], 1);
      expect(await readdir(outside)).toEqual(["mine.txt"]);
      expect(await readFile(join(outside, "mine.txt"), "utf8")).toBe("mine");
    } finally {
      await rm(outside, { recursive: true });
    }
  });
});

describe("open(directory)", () => {
  it("refuses a folder that a live run has, in this process and in another", async () => {
    const folder = await CheckpointFolder.open(directory);
    await expect(CheckpointFolder.open(directory)).rejects.toThrow(
      new RegExp(`belongs to a run that goes on, got process ${process.pid} on .*, expected none; wait for it`),
    );
    const lock = await readFile(join(directory, "lock"), "utf8");
    await folder.close();
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
    const gone = new Promise((resolve) => other.on("exit", resolve));
    const holder = { ...JSON.parse(lock), pid: other.pid, started: null };
    await writeFile(join(directory, "lock"), JSON.stringify(holder));
    await expect(CheckpointFolder.open(directory)).rejects.toThrow(`got process ${other.pid} on`);
    other.kill("SIGKILL");
    await gone;
    await (await CheckpointFolder.open(directory)).close();
    expect(await readdir(directory)).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("takes over from a process whose number another one has now", async () => {
    const folder = await CheckpointFolder.open(directory);
    const holder = JSON.parse(await readFile(join(directory, "lock"), "utf8"));
    await writeFile(join(directory, "lock"), JSON.stringify({ ...holder, started: "another boot 17" }));
    const next = await CheckpointFolder.open(directory);
    // the first one's release must not take the second one's lock
    await folder.close();
    expect(await readdir(directory)).toEqual(["lock"]);
    await next.close();
  });

  it("leaves a lock of another machine alone and says what to do", async () => {
    await writeFile(join(directory, "lock"), JSON.stringify({ host: "elsewhere", pid: 1, started: null }));
    await expect(CheckpointFolder.open(directory)).rejects.toThrow(
      /got process 1 on elsewhere, expected none; if that machine no longer trains there, delete \S+lock$/,
    );
  });

  it("removes what a killed run did not finish, and nothing else", async () => {
    await writeSteps([3]);
    await mkdir(join(directory, ".step-00000009.0a1b2c3d.part"));
    await writeFile(join(directory, ".step-00000009.0a1b2c3d.part", "a.bin"), "half");
    await writeFile(join(directory, "lock"), "{ half a lo");
    await writeFile(join(directory, "notes.txt"), "mine");
    await (await CheckpointFolder.open(directory)).close();
    expect((await readdir(directory)).sort()).toEqual(["notes.txt", "step-00000003"]);
  });

  it("setAsideAfter(step) keeps later ones under other names", async () => {
    await writeSteps([1, 2, 3]);
    const folder = await CheckpointFolder.open(directory);
    await folder.setAsideAfter(1);
    await folder.write({ step: 2, score: null, files: {}, state: {} });
    await folder.setAsideAfter(1);
    await folder.close();
    expect((await readdir(directory)).sort()).toEqual([
      "step-00000001",
      "step-00000002.aside-1",
      "step-00000002.aside-2",
      "step-00000003.aside-1",
    ]);
  });

  it("refuses keep out of range, and a file", async () => {
    await expect(CheckpointFolder.open(directory, { keep: 0 })).rejects.toThrow(OptionError);
    await writeFile(join(directory, "file"), "");
    await expect(CheckpointFolder.open(join(directory, "file"))).rejects.toThrow(/file cannot be used, got "/);
  });
});

describe("readCheckpoint(directory)", () => {
  const record = (step: number): string => join(stepFolder(step), "checkpoint.json");
  const edit = async (step: number, change: (text: string) => string): Promise<void> =>
    writeFile(record(step), change(await readFile(record(step), "utf8")));

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "truncated",
      () => truncate(join(stepFolder(30), "a.bin"), 40),
      /a\.bin is truncated, got 40 bytes, expected 100;/,
    ],
    ["too long", () => appendFile(join(stepFolder(30), "a.bin"), "more"), /a\.bin is too long, got 104 bytes, /],
    [
      "damaged by one bit",
      () =>
        writeFile(
          join(stepFolder(30), "a.bin"),
          bytes(100, 30).map((byte, at) => (at === 50 ? byte ^ 1 : byte)),
        ),
      /a\.bin is damaged, got content of SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64};/,
    ],
    ["without a file", () => rm(join(stepFolder(30), "b.bin")), /b\.bin cannot be read, got no such file, /],
    ["without its JSON", () => rm(record(30)), /checkpoint\.json cannot be read, got no such file, /],
    ["with half of its JSON", () => truncate(record(30), 60), /checkpoint\.json is damaged, got 60 characters from /],
    ["with an empty JSON", () => truncate(record(30), 0), /checkpoint\.json is damaged, got an empty file, /],
    [
      "with an edited JSON",
      () => edit(30, (text) => text.replace("so far", "so what")),
      /checkpoint\.json is damaged, got content of SHA-256 /,
    ],
    [
      "foreign",
      () => writeFile(record(30), '{"epoch": 3}'),
      /is of something else, got format undefined, expected format "tatami checkpoint";/,
    ],
    [
      "of an older version",
      () => edit(30, (text) => text.replace('"version":1', '"version":0')),
      /is of another version, got 0, expected 1; use the Tatami that wrote it;/,
    ],
    [
      "of another step",
      async () => {
        await rm(stepFolder(30), { recursive: true });
        await cp(stepFolder(20), stepFolder(30), { recursive: true });
      },
      /checkpoint\.json is of another step, got 20, expected 30;/,
    ],
  ])("refuses one that is %s, names the good one before it, and changes nothing", async (_name, damage, message) => {
    await writeSteps([10, 20, 30]);
    await damage();
    const before = await readdir(directory, { recursive: true });
    const failure = await readCheckpoint(directory, { advice: (step) => `go --from ${step}` }).catch((error) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect(failure.message).toMatch(message);
    expect(failure.message).toMatch(/; the one of step 20 is good, to go on from it: go --from 20$/);
    expect(await readdir(directory, { recursive: true })).toEqual(before);
    expect((await readCheckpoint(directory, { step: 20 })).step).toBe(20);
  });

  const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

  it.each(["../a.bin", "../../outside.bin", "/etc/hostname", "sub/a.bin", "..", "."])(
    "refuses one that names %j among its files, though its hash is right",
    async (name) => {
      await writeSteps([1]);
      await writeFile(join(directory, "a.bin"), bytes(100));
      const files = { [name]: { bytes: 100, sha256: sha256(bytes(100)) } };
      await writeFile(record(1), encodeRecord({ step: 1, score: null, files, state: {} }, sha256));
      await expect(readCheckpoint(directory)).rejects.toThrow(
        `names a file outside, got ${JSON.stringify(name)}, expected none`,
      );
    },
  );

  it.each<[string, () => Promise<void>]>([
    [
      "a file",
      async () => {
        await rename(join(stepFolder(1), "a.bin"), join(directory, "elsewhere.bin"));
        await symlink(join(directory, "elsewhere.bin"), join(stepFolder(1), "a.bin"));
      },
    ],
    [
      "its JSON",
      async () => {
        await rename(record(1), join(directory, "elsewhere.json"));
        await symlink(join(directory, "elsewhere.json"), record(1));
      },
    ],
    [
      "its folder",
      async () => {
        await rename(stepFolder(1), join(directory, "elsewhere"));
        await symlink(join(directory, "elsewhere"), stepFolder(1));
      },
    ],
    // reading it would never end
    ["a device", () => rm(join(stepFolder(1), "a.bin")).then(() => symlink("/dev/zero", join(stepFolder(1), "a.bin")))],
  ])("refuses one of which %s is a link to somewhere else", async (_, link) => {
    await writeSteps([1]);
    await link();
    await expect(readCheckpoint(directory)).rejects.toThrow(
      / leads out of its checkpoint, got a link to \S+, expected /,
    );
  });

  it("refuses a pipe in the place of a file instead of waiting for its writer", async (context) => {
    await writeSteps([1]);
    await rm(join(stepFolder(1), "a.bin"));
    const made = spawnSync("mkfifo", [join(stepFolder(1), "a.bin")]);
    if (made.status !== 0) context.skip("no pipe can be made here");
    await expect(readCheckpoint(directory)).rejects.toThrow(
      /a\.bin cannot be read, got no regular file, expected a file/,
    );
  });

  it("opens a folder that is itself reached by a link", async () => {
    const link = `${directory}-link`;
    await symlink(directory, link);
    try {
      await writeSteps([1]);
      expect((await readCheckpoint(link)).step).toBe(1);
    } finally {
      await rm(link);
    }
  });

  it("says where no earlier one is good, where there is none, and where there is no folder", async () => {
    await expect(readCheckpoint(directory)).rejects.toThrow(/has no such checkpoint, got none, expected a checkpoint/);
    await writeSteps([1, 2]);
    await rm(record(1));
    await rm(record(2));
    await expect(readCheckpoint(directory)).rejects.toThrow(/; no earlier checkpoint is good$/);
    await expect(readCheckpoint(directory, { step: 7 })).rejects.toThrow(
      /got those of steps 1, 2, expected that of step 7$/,
    );
    await expect(readCheckpoint(join(directory, "no"))).rejects.toThrow(/got nothing there, expected a folder of/);
    await expect(readCheckpoint(record(1).replace("checkpoint.json", "a.bin"))).rejects.toThrow(/got a file, /);
  });
});
