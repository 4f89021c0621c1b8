// What is the native backend's own: memory that is given back, runs beside the event loop, choosing instruction sets.
import { setTimeout as sleep } from "node:timers/promises";
import { BackendError } from "tatamijs/shape";
import { beforeEach, describe, expect, it } from "vitest";
import { NativeBackend } from "./backend.ts";
import { nativeStatus } from "./status.ts";
import { loaded, negation, squaring } from "./test-programs.ts";

const { available, isas, reason } = nativeStatus();

describe.skipIf(!available)(`NativeBackend (${reason ?? isas.join(", ")})`, () => {
  let backend: NativeBackend;
  beforeEach(() => {
    backend = NativeBackend.create();
  });

  it("create({isa}) takes the instruction set asked for, and the fastest by itself", () => {
    expect(backend.isa).toBe(isas[0]);
    for (const isa of isas) expect(NativeBackend.create({ isa }).isa).toBe(isa);
    expect(() => NativeBackend.create({ isa: "mmx" })).toThrow(BackendError);
    expect(() => NativeBackend.create({ isa: "mmx" })).toThrow(
      `native: this processor lacks the instruction set, got mmx, expected ${isas.join(", ")}`,
    );
  });

  it("allocate(bytes) gives memory at multiples of 64", () => {
    const buffers = [0, 4, 100, 2 ** 20].map((bytes) => backend.allocate(bytes));
    for (const buffer of buffers) expect((buffer as unknown as { address: number }).address % 64).toBe(0);
    expect(buffers.map((buffer) => backend.floats(buffer).length)).toEqual([0, 1, 25, 2 ** 18]);
    for (const buffer of buffers) backend.free(buffer);
  });

  it.each([2 ** 33, 2 ** 45, 2 ** 52, Number.MAX_SAFE_INTEGER])(
    "allocate(%i) is a BackendError with the bytes asked, and the process goes on",
    (bytes) => {
      expect(() => backend.allocate(bytes * 64)).toThrow(BackendError);
      expect(() => backend.allocate(bytes * 64)).toThrow(
        `native: out of memory, got a request of ${bytes * 64} bytes, 0 bytes are in use`,
      );
      backend.free(backend.allocate(2 ** 20));
    },
  );

  it("load() of an arena that does not fit is a BackendError and leaves nothing behind", () => {
    const program = { ...negation(1), arenaBytes: 2 ** 50 };
    const buffer = backend.allocate(4);
    expect(() => backend.load(program, [buffer])).toThrow(`got a request of ${2 ** 50} bytes, 4 bytes are in use`);
    backend.free(buffer);
  });

  it("free(buffer) empties its views instead of leaving them on memory that is no longer theirs", () => {
    const buffer = backend.allocate(64);
    const view = backend.floats(buffer);
    backend.free(buffer);
    expect(view.length).toBe(0);
    backend.free(buffer);
  });

  it("free(buffer) and dispose() give the memory back", () => {
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100; i++) {
      const [executable, buffer] = loaded(backend, { ...negation(2 ** 22), arenaBytes: 2 ** 24 }, 1);
      backend.floats(buffer)[0] = executable.output(0)[0];
      executable.dispose();
      backend.free(buffer);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it("run() of a short program is a promise the first time and a number afterwards", async () => {
    const [executable, buffer] = loaded(backend, negation(10), 1);
    const first = executable.run();
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBe(-1);
    expect(executable.run()).toBe(-1);
    expect(backend.floats(buffer)[9]).toBe(1);
  });

  it("run() of a short program allocates nothing", async () => {
    const [executable] = loaded(NativeBackend.create({ longest: Infinity }), negation(100, 10), 1);
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
  });

  it("run() of a long program leaves the event loop free", async () => {
    const [executable] = loaded(backend, squaring(512, 40), 1);
    for (let run = 0; run < 2; run++) {
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const start = performance.now();
      await executable.run();
      const milliseconds = performance.now() - start;
      clearInterval(timer);
      expect(milliseconds).toBeGreaterThan(20);
      expect(ticks).toBeGreaterThan(milliseconds / 20);
    }
    expect(executable.output(0)[0]).toBe(512);
    executable.dispose();
  });

  it("run() while another run goes on waits for it: programs that share buffers do not meet", async () => {
    const [executable, buffer] = loaded(backend, negation(2 ** 20, 20), 1);
    const odd = backend.load(negation(2 ** 20, 21), [buffer]);
    const results = await Promise.all([executable.run(), odd.run(), executable.run(), odd.run(), odd.run()]);
    expect(results).toEqual([-1, -1, -1, -1, -1]);
    expect(backend.floats(buffer).every((value) => value === -1)).toBe(true);
  });

  it("dispose() and free(buffer) during a run take effect when it has ended", async () => {
    const [executable, buffer] = loaded(backend, squaring(512, 20), 1);
    const [other, second] = loaded(backend, squaring(256, 20), 2);
    const running = [executable.run(), other.run()];
    const output = executable.output(0);
    executable.dispose();
    other.dispose();
    backend.free(buffer);
    backend.free(second);
    expect(output.length).toBe(512 * 512);
    expect(await Promise.all(running)).toEqual([-1, -1]);
    await sleep(1);
    expect(output.length).toBe(0);
    expect(() => executable.run()).toThrow("native: run of a program that is disposed");
  });
});
