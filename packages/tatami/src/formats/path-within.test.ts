import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { partsWithin, realPathWithin } from "./path-within.ts";

describe("partsWithin(name)", () => {
  it.each([
    ["weights.bin", ["weights.bin"]],
    ["./weights.bin", ["weights.bin"]],
    [".\\a\\b", ["a", "b"]],
    ["a/b\\c", ["a", "b", "c"]],
    ["..a/b..", ["..a", "b.."]],
  ])("gives the parts of %j", (name, parts) => {
    expect(partsWithin(name)).toEqual(parts);
  });

  it.each([
    "",
    ".",
    "./",
    "..",
    "../a",
    "./../a",
    "a/../b",
    "a\\..\\b",
    "/a",
    "\\a",
    "a//b",
    "a/",
    "c:a",
    "http://a",
    "a\0b",
  ])("gives null for %j", (name) => {
    expect(partsWithin(name)).toBeNull();
  });
});

describe("realPathWithin(folder, path)", () => {
  let root = "";
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "tatami-within-")));
    await mkdir(join(root, "home", "below"), { recursive: true });
    await writeFile(join(root, "secret"), "");
    await writeFile(join(root, "home", "..own"), "");
    await symlink(join(root, "secret"), join(root, "home", "out"));
    await symlink(join(root, "home", "..own"), join(root, "home", "below", "in"));
    await symlink(root, join(root, "home", "up"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it.each([
    ["home", "home", true],
    ["home/..own", "home/..own", true],
    ["home/below/in", "home/..own", true],
    ["home/out", "secret", false],
    ["home/up", "", false],
    ["home/up/home/..own", "home/..own", true],
  ])("of %s leads to %j; within: %s", async (name, real, isWithin) => {
    expect(await realPathWithin(join(root, "home"), join(root, name))).toEqual({ real: join(root, real), isWithin });
  });

  it("throws where there is nothing", async () => {
    await expect(realPathWithin(root, join(root, "none"))).rejects.toThrow("ENOENT");
  });
});
