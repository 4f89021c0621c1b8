// The child's side of the conversation with bench.mjs: one JSON request a line on stdin, one JSON answer a line on stdout.
// A peer gives `serve` a function that loads a problem and returns {reset, steps}.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { readProblem } from "../problem.mjs";

// stdout belongs to the conversation
console.log = console.error;

/** The installed version of a package of bench/node_modules. */
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** The most memory this process has held, in bytes; null where the system does not tell. */
export function peakMemory() {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return null;
  }
}

/**
 * @param load problem → {about, reset, steps, dispose?, peak?}: `about` describes library and threads; `reset()` puts the
 *   first parameters and fresh optimiser state back; `steps(count)` trains that many batches, or infers them, and resolves to
 *   the loss of the last one; `peak()` gives the FLOP a second of one core
 */
export async function serve(load) {
  let session;
  const requests = {
    async load({ problem }) {
      session?.dispose?.();
      session = await load(readProblem(problem));
      return { about: session.about };
    },
    async losses({ count }) {
      await session.reset();
      const losses = [];
      for (let step = 0; step < count; step++) losses.push(await session.steps(1));
      return { losses };
    },
    // a first step, not timed, warms what the reset touched
    async block({ count, warm }) {
      await session.reset();
      if (warm) await session.steps(1);
      const processor = process.cpuUsage();
      const start = performance.now();
      const loss = await session.steps(count);
      const milliseconds = performance.now() - start;
      const { user, system } = process.cpuUsage(processor);
      return { milliseconds, processorMilliseconds: (user + system) / 1000, loss };
    },
    peak: () => ({ peak: session.peak?.() ?? null }),
    memory: () => ({ bytes: peakMemory() }),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      answer(await requests[request.type](request));
    } catch (error) {
      answer({ error: String(error?.message ?? error) });
    }
  }
}
