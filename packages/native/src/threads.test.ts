// Threads change no bit and cost nothing while nothing runs, on both backends that have them.

import { tensor } from "tatamijs";
import type { Backend } from "tatamijs/backend";
import { WasmBackend } from "tatamijs/backend/wasm";
import { BackendError } from "tatamijs/shape";
import { registerBackend, setBackend } from "tatamijs/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { NativeBackend } from "./backend.ts";
import { nativeStatus } from "./status.ts";
import { mostLanes, nets, training } from "./test-nets.ts";
import { loaded, negationInLanes } from "./test-programs.ts";

const counts = [1, 2, 3, 4, 8, 16];
const creators: Record<string, (threads: number) => Promise<Backend>> = {
  wasm: (threads) => WasmBackend.create({ threads }),
};
if (nativeStatus().available) {
  creators.native = (threads) => Promise.resolve(NativeBackend.create({ threads, longest: Number.POSITIVE_INFINITY }));
}

describe.each(Object.keys(creators))("threads of the %s backend", (name) => {
  const create = creators[name];

  beforeAll(() => {
    for (const threads of counts) registerBackend(`${name} ${threads}`, () => create(threads));
  });

  it("create({threads}) has as many", async () => {
    for (const threads of counts) expect((await create(threads)).threads).toBe(threads);
  });

  it.each([0, -1, 1.5, 257, Number.NaN])("create({threads: %d}) is a BackendError", async (threads) => {
    const refused = (async () => create(threads))();
    await expect(refused).rejects.toThrow(BackendError);
    await expect(refused).rejects.toThrow(`${name}: threads must be a whole number, got ${threads}, expected 1 to 256`);
  });

  it.each(Object.keys(nets))(
    "five steps of the net of %s give the same weights on 1 to 16 threads, to the bit",
    async (net) => {
      const results: string[] = [];
      for (const threads of counts) {
        const { program, run, weights } = await training(net, `${name} ${threads}`);
        expect(mostLanes(program)).toBeGreaterThan(1);
        expect(await run(5)).toBe(-1);
        results.push(await weights());
      }
      expect(new Set(results).size).toBe(1);
      const { weights: untrained } = await training(net, `${name} 1`);
      expect(results[0]).not.toBe(await untrained());
    },
  );

  it("run() that a guard stops changes no weight, whatever the threads", async () => {
    const results: string[] = [];
    for (const threads of counts) {
      const { run, weights, breakImages } = await training("pools", `${name} ${threads}`);
      await run(2);
      const before = await weights();
      breakImages();
      expect(await run(1)).toBeGreaterThanOrEqual(0);
      expect(await weights()).toBe(before);
      results.push(before);
    }
    expect(new Set(results).size).toBe(1);
  });

  it("data() is the user's own: memory of one thread, to transfer and to decode", async () => {
    setBackend(`${name} 2`);
    const values = await tensor([104, 105]).add(0).data();
    expect(values.buffer).toBeInstanceOf(ArrayBuffer);
    expect(new TextDecoder().decode(Uint8Array.from(values))).toBe("hi");
    expect(structuredClone(values, { transfer: [values.buffer as ArrayBuffer] }).length).toBe(2);
  });

  it("run() of two models in turns gives each what it gives alone", async () => {
    const nets = ["pools", "dense"];
    const alone = await Promise.all(
      nets.map(async (net) => {
        const { run, weights } = await training(net, `${name} 1`);
        await run(5);
        return weights();
      }),
    );
    const together = await Promise.all(nets.map((net, index) => training(net, `${name} ${2 + 2 * index}`)));
    await Promise.all(together.map(({ run }) => run(5)));
    expect(await Promise.all(together.map(({ weights }) => weights()))).toEqual(alone);
  });

  it.each([
    [2, 20_000],
    [8, 2_000],
  ])("run() on %d threads loses no lane in %d tiny programs", async (threads, runs) => {
    const [executable] = loaded(await create(threads), negationInLanes(8, 3), 1);
    for (let run = 0; run < runs; run++) executable.run();
    expect(executable.output(0).every((value) => value === 1)).toBe(true);
    executable.run();
    expect(executable.output(0).every((value) => value === -1)).toBe(true);
    executable.dispose();
  });
});
