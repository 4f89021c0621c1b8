// Threads in whole processes: they sleep while nothing runs, end with the process, and live inside Node's own threads.
import { describe, expect, it } from "vitest";
import { nativeStatus } from "./status.ts";
import { printed } from "./test-processes.ts";

const creations: Record<string, string> = { wasm: "WasmBackend.create" };
if (nativeStatus().available) creations.native = "NativeBackend.create";

const compiled = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

/** Registers "one" and "four" threads; native runs go beside the event loop. */
const prepare = (creation: string): string => `
  const { registerBackend } = await import(${compiled("tatami/dist/tensor/index.js")});
  const { WasmBackend } = await import(${compiled("tatami/dist/backend/wasm/index.js")});
  const { NativeBackend } = await import(${compiled("native/dist/index.js")});
  const { training } = await import(${compiled("native/dist/test-nets.js")});
  registerBackend("one", async () => ${creation}({ threads: 1, longest: 0 }));
  registerBackend("four", async () => ${creation}({ threads: 4, longest: 0 }));
  registerBackend("other", async () => ${creation}({ threads: 2, longest: 0 }));
`;

/** Runs `body` in a thread of Node, which posts what it has to say. */
const inWorker = (creation: string, body: string): string => `
  const { Worker } = await import("node:worker_threads");
  const code = ${JSON.stringify(`(async () => { ${prepare(creation)} const { parentPort } = await import("node:worker_threads"); ${body} })()`)};
  const start = () => new Worker(code, { eval: true });
`;

describe.each(Object.keys(creations))("threads of the %s backend in a process", (name) => {
  const creation = creations[name];

  it("sleep while nothing runs, and let the process end by itself", async () => {
    const script = `${prepare(creation)}
      const { run } = await training("pools", "four");
      await run(3);
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      await pause(200);
      const shares = [];
      // something else of Node may be at work in one of them
      for (let i = 0; i < 3; i++) {
        const before = process.cpuUsage();
        await pause(1000);
        const { user, system } = process.cpuUsage(before);
        shares.push((user + system) / 1e6);
      }
      console.log(Math.min(...shares) < 0.05 ? "idle" : "busy " + shares);
    `;
    expect(await printed(script)).toBe("idle");
  });

  it("process.exit() in the middle of runs ends it", async () => {
    const script = `${prepare(creation)}
      const { run } = await training("pools", "four");
      setTimeout(() => { console.log("out"); process.exit(0); }, 100);
      for (;;) {
        await run(1);
        await new Promise((resolve) => setImmediate(resolve));
      }
    `;
    expect(await printed(script)).toBe("out");
  });

  it("models that train at the same time get what each gets alone", async () => {
    const script = `${prepare(creation)}
      const weights = async (backend) => {
        const { run, weights } = await training("residual", backend);
        await run(20);
        return weights();
      };
      const alone = await weights("one");
      const together = await Promise.all([weights("four"), weights("other"), weights("one")]);
      console.log(together.every((each) => each === alone));
    `;
    expect(await printed(script)).toBe("true");
  });

  it("work inside worker_threads, several of them at once", async () => {
    const body = `const { run, weights } = await training("pools", "four"); await run(5); parentPort.postMessage(await weights());`;
    const script = `${inWorker(creation, body)}
      const one = () => new Promise((resolve, reject) => start().on("message", resolve).on("error", reject));
      const results = await Promise.all([one(), one()]);
      ${prepare(creation)}
      const { run, weights } = await training("pools", "one");
      await run(5);
      const expected = await weights();
      console.log(results.every((each) => each === expected));
    `;
    expect(await printed(script)).toBe("true");
  });

  it("outlive a worker that is terminated in the middle of its runs", async () => {
    const body = `const { run } = await training("pools", "four"); parentPort.postMessage("running"); for (;;) await run(1);`;
    const script = `${inWorker(creation, body)}
      for (let i = 0; i < 3; i++) {
        const worker = start();
        await new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
        await new Promise((resolve) => setTimeout(resolve, 20 * i));
        await worker.terminate();
      }
      ${prepare(creation)}
      const { run } = await training("pools", "four");
      console.log(await run(3));
    `;
    expect(await printed(script)).toBe("-1");
  });
});
