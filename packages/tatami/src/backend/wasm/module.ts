// Loading tatami.wasm: from the file beside this package in Node, by fetch elsewhere, or from what the user hands in.
import { BackendError } from "../../shape/errors.ts";

export interface WasmOptions {
  /** the kernels, compiled or as bytes, where the program has its own way to get files */
  module?: WebAssembly.Module | BufferSource | undefined;
  /** where tatami.wasm lies; default: beside the library */
  url?: string | URL | undefined;
  /** at most so many threads, an integer ≥ 1; programs run on one */
  threads?: number | undefined;
}

/** What the kernels export. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** first byte behind the kernels' own data and stack */
  readonly heapBase: number;
  /** runs the program at an address: -1, or the number of the guard that stopped it */
  readonly run: (program: number) => number;
  /** so many iterations of independent multiply-adds in registers, 96 FLOP each */
  readonly peak: (iterations: number) => number;
}

const published = new URL("../../../wasm/tatami.wasm", import.meta.url);

// () → v128: i32.const 0, i32x4.splat
const simdModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x0b],
);

function fail(message: string, cause?: unknown): never {
  throw new BackendError(`wasm: ${message}`, "wasm", { cause });
}

async function readBytes(url: URL): Promise<BufferSource> {
  if (url.protocol === "file:") {
    // a name that bundlers do not follow: there is no file system in a browser
    const fileSystem = "node:fs/promises";
    const { readFile } = (await import(/* @vite-ignore */ fileSystem)) as typeof import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/**
 * Node 20 now and then never ends a process in which WebAssembly was compiled beside the event loop: it waits at its end
 * for a task that is lost. So Node compiles at once; browsers, whose main thread must not wait, beside their pages.
 */
const compilesAtOnce = typeof process !== "undefined" && process.versions?.node !== undefined;

async function compile(bytes: BufferSource, source: string): Promise<WebAssembly.Module> {
  try {
    return compilesAtOnce ? new WebAssembly.Module(bytes) : await WebAssembly.compile(bytes);
  } catch (cause) {
    return fail(`the kernels are damaged, got ${bytes.byteLength} bytes from ${source}, expected tatami.wasm`, cause);
  }
}

async function loadModule({ module, url = published }: WasmOptions): Promise<WebAssembly.Module> {
  if (module instanceof WebAssembly.Module) return module;
  if (module !== undefined) return compile(module, "the module option");
  const location = new URL(url, published);
  let bytes: BufferSource;
  try {
    bytes = await readBytes(location);
  } catch (cause) {
    return fail(
      `the kernels cannot be read, got no file at ${location}, expected tatami.wasm or its place as WasmBackend.create({ url })`,
      cause,
    );
  }
  return compile(bytes, String(location));
}

/** @throws BackendError without WebAssembly SIMD, and when the kernels are missing, damaged or something else */
export async function loadKernels(options: WasmOptions): Promise<Kernels> {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(simdModule)) {
    fail("this engine has no WebAssembly SIMD, expected Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or newer");
  }
  const module = await loadModule(options);
  const names = WebAssembly.Module.exports(module).map((entry) => entry.name);
  if (
    WebAssembly.Module.imports(module).length > 0 ||
    !["memory", "__heap_base", "tatami_run", "tatami_peak"].every((name) => names.includes(name))
  ) {
    fail(`the module is not tatami.wasm, got the exports ${names.join(", ") || "none"}`);
  }
  const { exports } = compilesAtOnce ? new WebAssembly.Instance(module) : await WebAssembly.instantiate(module);
  return {
    memory: exports.memory as WebAssembly.Memory,
    heapBase: (exports.__heap_base as WebAssembly.Global<"i32">).value,
    run: exports.tatami_run as Kernels["run"],
    peak: exports.tatami_peak as Kernels["peak"],
  };
}
