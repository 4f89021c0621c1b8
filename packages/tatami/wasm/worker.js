// The thread of a worker: an instance of tatami-threads.wasm on the library's memory, which never comes back from
// tatami_work. src/backend/wasm/workers.ts starts it; plain JavaScript, so that it lies beside the kernels as it is.

/**
 * @param {{ module: WebAssembly.Module, memory: WebAssembly.Memory, worker: number, stack: number, variables: number,
 *   scratch: number }} start the number of the worker, and the addresses of its own memory: the upper end of its stack
 * @param {() => void} ready
 */
function work({ module, memory, worker, stack, variables, scratch }, ready) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  exports.__stack_pointer.value = stack;
  exports.__wasm_init_tls(variables);
  ready();
  exports.tatami_work(worker, scratch);
}

if (typeof process !== "undefined" && process.versions?.node !== undefined) {
  // a name that bundlers do not follow: there is no such module in a browser
  const threads = "node:worker_threads";
  const { parentPort } = await import(/* webpackIgnore: true */ /* @vite-ignore */ threads);
  parentPort.once("message", (start) => work(start, () => parentPort.postMessage("ready")));
} else {
  globalThis.addEventListener("message", ({ data }) => work(data, () => postMessage("ready")), { once: true });
}
