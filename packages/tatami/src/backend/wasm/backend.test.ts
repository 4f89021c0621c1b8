import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { KernelCall, PlacedRef, Program } from "../../program/program.ts";
import { BackendError } from "../../shape/errors.ts";
import { instruction } from "../contract/cases/elementwise.ts";
import { WasmBackend } from "./backend.ts";

const file = new URL("../../../wasm/tatami.wasm", import.meta.url);
const fileForThreads = new URL("tatami-threads.wasm", file);

describe("WasmBackend.create", () => {
  it("create() finds the kernels beside the library", async () => {
    expect((await WasmBackend.create()).name).toBe("wasm");
  });

  it("create({module}) takes bytes and compiled modules", async () => {
    const bytes = await readFile(file);
    await WasmBackend.create({ module: bytes });
    await WasmBackend.create({ module: await WebAssembly.compile(bytes) });
  });

  it("create({url}) of a missing file is a BackendError that names it", async () => {
    const missing = WasmBackend.create({ url: new URL("missing.wasm", file) });
    await expect(missing).rejects.toThrow(BackendError);
    await expect(missing).rejects.toThrow(/^wasm: the kernels cannot be read, got no file at file:.*missing\.wasm/);
  });

  it("create({module}) of a damaged file is a BackendError that says how long it is", async () => {
    const bytes = await readFile(file);
    const damaged = WasmBackend.create({ module: bytes.subarray(0, 1000) });
    await expect(damaged).rejects.toThrow(BackendError);
    await expect(damaged).rejects.toThrow("wasm: the kernels are damaged, got 1000 bytes from the module option");
  });

  it("create({module}) of another module is a BackendError that lists its exports", async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(WasmBackend.create({ module: empty })).rejects.toThrow(
      "wasm: the module is not tatami.wasm, got the exports none",
    );
  });
});

describe("WasmBackend.create({threads})", () => {
  it("create({threads}) takes the module of one thread or that of several", async () => {
    expect((await WasmBackend.create({ url: file, threads: 3 })).threads).toBe(1);
    expect((await WasmBackend.create({ url: fileForThreads, threads: 3 })).threads).toBe(3);
    expect((await WasmBackend.create({ module: await readFile(fileForThreads), threads: 1 })).threads).toBe(1);
  });

  it("create({url}) of a folder takes from there what the threads need", async () => {
    const folder = new URL("./", file);
    expect((await WasmBackend.create({ url: folder, threads: 2 })).threads).toBe(2);
    expect((await WasmBackend.create({ url: folder, threads: 1 })).threads).toBe(1);
    const missing = WasmBackend.create({ url: new URL("missing/", file), threads: 2 });
    await expect(missing).rejects.toThrow(
      /^wasm: the kernels cannot be read, got no file at file:.*missing.tatami\.wasm/,
    );
  });

  it("create({threads}) is one thread where a worker does not start", async () => {
    const [missing, broken] = ["missing.js", "data:text/javascript,throw new Error('no')"];
    expect((await WasmBackend.create({ threads: 2, worker: new URL(missing, file) })).threads).toBe(1);
    expect((await WasmBackend.create({ threads: 2, worker: broken })).threads).toBe(1);
  });

  it("create({threads}) is one thread where memory cannot be shared", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    try {
      expect((await WasmBackend.create({ threads: 2 })).threads).toBe(1);
      const refused = WasmBackend.create({ threads: 2, url: fileForThreads });
      await expect(refused).rejects.toThrow(
        "wasm: memory cannot be shared here, got tatami-threads.wasm, expected tatami.wasm, or a page that is cross-origin isolated",
      );
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe.each([1, 2])("WasmBackend on %d threads", (threads) => {
  let backend: WasmBackend;
  beforeAll(async () => {
    backend = await WasmBackend.create({ threads });
  });

  it("allocate(bytes) beyond the address space is a BackendError with the bytes asked", () => {
    expect(() => backend.allocate(5 * 2 ** 30)).toThrow(BackendError);
    expect(() => backend.allocate(5 * 2 ** 30)).toThrow(
      /^wasm: out of memory, got a request of 5368709120 bytes, \d+ bytes are in use of at most 4 GiB$/,
    );
  });

  it("floats(buffer) is the same view until the memory grows, and a new one with the same words after", () => {
    const buffer = backend.allocate(8);
    const before = backend.floats(buffer);
    before.set([1, 2]);
    expect(backend.floats(buffer)).toBe(before);
    const large = backend.allocate(2 ** 26);
    // memory that threads share stays where it is: old views go on
    expect(before.length).toBe(threads === 1 ? 0 : 2);
    expect(backend.floats(buffer) === before).toBe(false);
    expect([...backend.floats(buffer)]).toEqual([1, 2]);
    backend.free(large);
    backend.free(buffer);
  });

  it("free(buffer) and dispose() give back all memory", () => {
    for (let i = 0; i < 200; i++) {
      const buffer = backend.allocate(2 ** 26);
      const program: Program = { segments: [], arenaBytes: 2 ** 26, externalBytes: [], outputs: [] };
      backend.load(program, []).dispose();
      backend.free(buffer);
    }
    expect(backend.floats(backend.allocate(4)).buffer.byteLength).toBeLessThan(2 ** 28);
  });

  it("run() allocates nothing", () => {
    const count = 100;
    const ref: PlacedRef = { space: "external", index: 0, offset: 0, bytes: 4 * count };
    const fields = { shape: [count], strides: [1], constants: [], results: [1], registers: 2 };
    const call = { inputs: [ref], outputs: [ref], code: instruction("negate", 1, 0), ...fields };
    const calls: KernelCall[] = new Array(10).fill({ kernel: "fused", arguments: call, label: "negate" });
    const buffer = backend.allocate(4 * count);
    const segments = [{ calls, tiling: null }];
    const executable = backend.load({ segments, arenaBytes: 0, externalBytes: [4 * count], outputs: [] }, [buffer]);
    // the first runs are interpreted, and that does allocate
    for (let i = 0; i < 20_000; i++) executable.run();
    const runs = 100_000;
    // other things of this process allocate now and then: the best of several times counts
    const grown = Array.from({ length: 5 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < runs; i++) executable.run();
      return Math.abs(process.memoryUsage().heapUsed - before);
    });
    // an object a run would be 1.6 MB at least
    expect(Math.min(...grown)).toBeLessThan(runs);
    executable.dispose();
    backend.free(buffer);
  });
});
