// Starting the threads of the WebAssembly team: worker_threads in Node, Web Workers elsewhere, each with an instance of
// the module, a stack and variables of its own in the shared memory. What they do there stands in kernels/team.c.
import type { LinearMemory, MemoryBuffer } from "./memory.ts";
import type { SharedKernels } from "./module.ts";

/** as large as the linker makes that of the first thread */
const stackBytes = 256 * 1024;

/** Milliseconds in which a worker must have started; one of Node takes 30. */
const patience = 10_000;

interface Thread {
  post(start: object): void;
  /** settles when it says that it is ready, or cannot be */
  readonly ready: Promise<void>;
  /** an idle worker does not keep its process alive */
  letGo(): void;
  end(): void;
}

const isNode = typeof process !== "undefined" && process.versions?.node !== undefined;

/** Whether memory can be shared with workers: a page must be isolated from other origins. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined" && (isNode || globalThis.crossOriginIsolated === true);
}

/** Whether this thread may sleep: the main thread of a page may not. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

async function nodeThread(url: URL): Promise<Thread> {
  // a name that bundlers do not follow: there is no such module in a browser
  const threads = "node:worker_threads";
  const { Worker } = (await import(
    /* webpackIgnore: true */ /* @vite-ignore */ threads
  )) as typeof import("node:worker_threads");
  // options of this process, such as loaders, are not meant for it
  const worker = new Worker(url, { execArgv: [], stdin: false });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve()).once("error", reject);
    worker.once("exit", () => reject(new Error("the worker has ended")));
  });
  return {
    post: (start) => worker.postMessage(start),
    ready,
    letGo: () => worker.unref(),
    end: () => void worker.terminate(),
  };
}

function webThread(url: URL | undefined): Thread {
  // bundlers know this form by its looks and take the file along
  const worker =
    url === undefined
      ? new Worker(new URL("../../../wasm/worker.js", import.meta.url), { type: "module" })
      : new Worker(url, { type: "module" });
  const ready = new Promise<void>((resolve, reject) => {
    worker.addEventListener("message", () => resolve(), { once: true });
    worker.addEventListener("error", () => reject(new Error("the worker does not load")), { once: true });
  });
  return { post: (start) => worker.postMessage(start), ready, letGo: () => {}, end: () => worker.terminate() };
}

async function inTime(ready: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  try {
    return await Promise.race([ready.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** One worker at its place, or null where it does not start. */
async function startWorker(
  { module, memory, variablesBytes, scratchBytes }: SharedKernels,
  shared: LinearMemory,
  worker: number,
  url: URL | undefined,
): Promise<Thread | null> {
  let thread: Thread;
  let own: MemoryBuffer;
  try {
    thread = isNode ? await nodeThread(url ?? new URL("../../../wasm/worker.js", import.meta.url)) : webThread(url);
    own = shared.allocate(scratchBytes + stackBytes + variablesBytes);
  } catch {
    return null;
  }
  // parts of the scratch are never written and must be zero
  own.ints.fill(0);
  // a stack that is too small would first run over the scratch
  const stack = own.address + scratchBytes + stackBytes;
  thread.post({ module, memory, worker, stack, variables: stack, scratch: own.address });
  if (await inTime(thread.ready)) {
    thread.letGo();
    return thread;
  }
  thread.end();
  shared.free(own);
  return null;
}

/** ends the workers whose memory nobody holds any more */
const abandoned = new FinalizationRegistry<readonly Thread[]>((threads) => {
  for (const thread of threads) thread.end();
});

/**
 * Starts `count` workers, which stay until `shared` is collected or the process ends.
 * @param shared the kernels' memory, which whoever runs programs must hold
 * @param url of worker.js; default: beside the library
 * @returns how many have started
 */
export async function startWorkers(
  kernels: SharedKernels,
  shared: LinearMemory,
  count: number,
  url?: URL,
): Promise<number> {
  const all = await Promise.all(
    Array.from({ length: count }, (_, index) => startWorker(kernels, shared, index + 1, url)),
  );
  // the team counts on workers without gaps
  const gap = all.indexOf(null);
  const used = (gap === -1 ? all : all.slice(0, gap)) as Thread[];
  for (const thread of all.slice(used.length)) thread?.end();
  abandoned.register(shared, used);
  return used.length;
}
