// How --backend and --threads end, native's absence and damage included, in processes of their own.
import { nativeStatus } from "tatamijs-native";
import { describe, expect, it, vi } from "vitest";
import { commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 30_000 });

const { available, reason } = nativeStatus();
const tiny = "train mlp --hidden 8 --train-size 30 --test-size 20 --batch-size 5 --iterations 2 --seed 1".split(" ");

/** @param before a module that runs before the command */
const tatami = (args: readonly string[], before = "", environment: Record<string, string> = {}): Promise<Ended> =>
  commandProcess(args, { before, environment });

const hooks = `export async function resolve(name, context, next) {
  if (name.startsWith("tatamijs-native")) throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
  return next(name, context);
}`;
const withoutPackage = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));`;

/** Reading the addon gives what `change` makes of it. */
const withAddon = (change: string): string => `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const read = fs.readFileSync;
  const missing = (file) => { throw Object.assign(new Error("no such file: " + file), { code: "ENOENT" }); };
  const elf = (machine) => { const bytes = Buffer.alloc(4096); bytes.set([127, 69, 76, 70, 2, 1]); bytes[18] = machine; return bytes; };
  fs.readFileSync = (file, ...rest) => String(file).endsWith("tatami.node") ? (${change})(file) : read(file, ...rest);
  syncBuiltinESMExports();`;

describe.each([
  ["the package is missing", withoutPackage, "native: the package is missing, got no tatamijs-native, expected it "],
  ["there is no addon", withAddon("missing"), "native: there is no addon, got no file at "],
  [
    "the addon is a truncated file",
    withAddon("() => Buffer.from('ELF')"),
    "native: .*tatami.node is truncated to 3 bytes",
  ],
  ["the addon is for another processor", withAddon("() => elf(243)"), "native: .*tatami.node is not for "],
])("when %s", (_title, before, expected) => {
  it.concurrent("tatami train --json runs on wasm, with one line on stderr", async () => {
    const { exitCode, stdout, stderr } = await tatami([...tiny, "--json"], before);
    expect(stderr).toMatch(
      new RegExp(`^tatami: running on wasm, native would be about twice as fast; ${expected}.*\n$`),
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout))}\n`);
    expect(JSON.parse(stdout)).toMatchObject({ net: "mlp", backend: "wasm" });
  });

  it.concurrent("tatami train --backend native exits with 1 and one line that says so", async () => {
    const { exitCode, stdout, stderr } = await tatami([...tiny, "--backend", "native"], before);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^tatami: ${expected}.*\n$`));
  });

  it.concurrent("tatami train --backend wasm does not mention it", async () => {
    expect(await tatami([...tiny, "--backend", "wasm", "--quiet"], before)).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

it("tatami train says on a page of its own which backend it fell back to, and why", async () => {
  const { stdout } = await tatami(tiny, withoutPackage);
  expect(stdout).toMatch(/\nbackend wasm, \d+ threads?: native cannot be used\n/);
});

describe.skipIf(!available)(`with the native backend (${reason ?? "here"})`, () => {
  it.concurrent.each([[[]], [["--backend", "auto"]], [["--backend", "native"]]])(
    "tatami train %j runs on it",
    async (args) => {
      const { exitCode, stdout, stderr } = await tatami([...tiny, ...args, "--json"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(JSON.parse(stdout).backend).toBe("native");
    },
  );

  it.concurrent("tatami train takes wasm where the processor lacks what TATAMI_ISA asks for", async () => {
    const { exitCode, stdout, stderr } = await tatami([...tiny, "--json"], "", { TATAMI_ISA: "altivec" });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^tatami: running on wasm, .* got altivec, expected [^\n]+\n$/);
    expect(JSON.parse(stdout).backend).toBe("wasm");
  });
});

it.concurrent.each(["native", "wasm", "reference"].slice(available ? 0 : 1))(
  "tatami train --threads 1 --backend %s runs on one thread",
  async (backend) => {
    const { stdout } = await tatami([...tiny, "--backend", backend, "--threads", "1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ backend, threads: 1 });
  },
);

it("tatami train --threads 300 runs on as many as there may be, and says so in one line", async () => {
  const { stdout, stderr } = await tatami([...tiny, "--threads", "300", "--json"]);
  expect(stderr).toMatch(/^tatami: running on 256 threads, the most there may be, got --threads 300[^\n]*\n$/);
  expect(JSON.parse(stdout).iterations).toBe(2);
});

it.concurrent.each([
  ["--threads 0", "--threads is out of range, got 0, expected an integer of at least 1"],
  ["--threads two", "--threads is out of range, got two, expected an integer of at least 1"],
  ["--threads 1.5", "--threads is out of range, got 1.5, expected an integer of at least 1"],
  ["--backend natve", 'unknown backend "natve", did you mean native? (expected one of auto, native, wasm, reference)'],
])("tatami train %s exits with 2", async (args, message) => {
  expect(await tatami([...tiny, ...args.split(" ")])).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `tatami: ${message}\n`,
  });
});
