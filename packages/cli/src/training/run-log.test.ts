// Logs in a folder that somebody else prepared: links in it must not make them write elsewhere.
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunView } from "tatamijs/train";
import { expect, it } from "vitest";
import { RunLog } from "./run-log.ts";

it.each(["history.jsonl", "history.jsonl.part", "history.csv", "history.csv.part"])(
  "RunLog.evaluated(entry) writes nothing through a link named %s",
  async (name) => {
    const root = await mkdtemp(join(tmpdir(), "tatami-log-"));
    try {
      const directory = await mkdtemp(join(root, "run-"));
      const outside = join(root, "outside.txt");
      await writeFile(outside, "mine");
      await symlink(outside, join(directory, name));
      const log = new RunLog({ directory, from: null, settings: {}, imageShape: [1, 28, 28], classNames: null });
      const entry = { iteration: 1, loss: 2, learningRates: [0.1], training: null, validation: null };
      log.evaluated(entry, { history: [entry] } as unknown as RunView);
      log.evaluated({ ...entry, iteration: 2 }, { history: [entry] } as unknown as RunView);
      expect(await readFile(outside, "utf8")).toBe("mine");
      const lines = (await readFile(join(directory, "history.jsonl"), "utf8")).trim().split("\n");
      expect(lines.map((line) => JSON.parse(line).iteration)).toEqual([1, 2]);
      expect((await readdir(directory)).filter((file) => file.endsWith(".part"))).toEqual([]);
    } finally {
      await rm(root, { recursive: true });
    }
  },
);
