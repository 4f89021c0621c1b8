// Loading the kernels, tatami.wasm or, for several threads, tatami-threads.wasm: from the file beside this package in
// Node, by fetch elsewhere, or from what the user hands in.
import { BackendError } from "../../shape/errors.ts";

export interface WasmOptions {
  /** the kernels, compiled or as bytes, where the program has its own way to get files */
  module?: WebAssembly.Module | BufferSource | undefined;
  /**
   * where the kernels lie: the folder of tatami.wasm, tatami-threads.wasm and worker.js, which ends in "/", or one of the
   * two modules; default: beside the library
   */
  url?: string | URL | undefined;
  /** where worker.js lies, which several threads need; default: in the folder, else beside the library */
  worker?: string | URL | undefined;
  /**
   * whole number in [1, 256]; default: availableThreads(). Results are the same, to the bit, whatever it is. It is 1 where
   * workers cannot share memory, as in a page that is not cross-origin isolated
   */
  threads?: number | undefined;
}

/** What the kernels export. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** first byte behind the kernels' own data and stack */
  readonly heapBase: number;
  /** runs the program at an address on so many threads: -1, or the number of the guard that stopped it */
  readonly run: (program: number, threads: number) => number;
  /** so many iterations of independent multiply-adds in registers, 96 FLOP each */
  readonly peak: (iterations: number) => number;
}

/** Those that several threads can run. */
export interface SharedKernels extends Kernels {
  readonly module: WebAssembly.Module;
  /** what a thread needs of its own besides a stack */
  readonly variablesBytes: number;
  readonly scratchBytes: number;
  /** gives this thread's variables their place and first values */
  readonly setVariables: (address: number) => void;
  /** said before the first run: with more threads than `cores` none spins, and whether this thread may sleep */
  readonly setRules: (cores: number, sleeps: number) => void;
}

const published = new URL("../../../wasm/tatami.wasm", import.meta.url);
const publishedForThreads = new URL("../../../wasm/tatami-threads.wasm", import.meta.url);

/** pages of shared memory from the start, as the linker was told, and at most */
const sharedPages = { initial: 128, maximum: 65536 };

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

/** A file's place in the folder that `url` is; undefined where it is none. */
export function inThisFolder(url: string | URL | undefined, file: string): URL | undefined {
  return url !== undefined && String(url).endsWith("/") ? new URL(file, new URL(url, published)) : undefined;
}

/**
 * @param forThreads which kernels to take where the user says nothing
 * @throws BackendError without WebAssembly SIMD, and when the kernels are missing, damaged or something else
 */
export async function loadModule({ module, url }: WasmOptions, forThreads: boolean): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(simdModule)) {
    fail("this engine has no WebAssembly SIMD, expected Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or newer");
  }
  if (module instanceof WebAssembly.Module) return checked(module);
  if (module !== undefined) return checked(await compile(module, "the module option"));
  const inFolder = forThreads ? "tatami-threads.wasm" : "tatami.wasm";
  const location =
    inThisFolder(url, inFolder) ?? new URL(url ?? (forThreads ? publishedForThreads : published), published);
  let bytes: BufferSource;
  try {
    bytes = await readBytes(location);
  } catch (cause) {
    return fail(
      `the kernels cannot be read, got no file at ${location}, expected tatami.wasm or its place as WasmBackend.create({ url })`,
      cause,
    );
  }
  return checked(await compile(bytes, String(location)));
}

/** Whether it is tatami-threads.wasm: its memory comes from outside. */
export function isForThreads(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ kind }) => kind === "memory");
}

function checked(module: WebAssembly.Module): WebAssembly.Module {
  const names = WebAssembly.Module.exports(module).map((entry) => entry.name);
  const imports = WebAssembly.Module.imports(module).map((entry) => entry.name);
  const needed = isForThreads(module) ? ["tatami_work", "__tls_size"] : ["memory"];
  if (
    imports.some((name) => name !== "memory") ||
    ![...needed, "__heap_base", "tatami_run", "tatami_peak"].every((name) => names.includes(name))
  ) {
    fail(`the module is not tatami.wasm, got the exports ${names.join(", ") || "none"}`);
  }
  return module;
}

type Exports = Readonly<Record<string, WebAssembly.ExportValue>>;

async function instantiate(module: WebAssembly.Module, imports?: WebAssembly.Imports): Promise<Exports> {
  const instance = compilesAtOnce
    ? new WebAssembly.Instance(module, imports)
    : await WebAssembly.instantiate(module, imports);
  return instance.exports;
}

function numberOf(value: WebAssembly.ExportValue | undefined): number {
  return (value as WebAssembly.Global<"i32">).value;
}

/** The kernels on memory of their own. */
export async function loadKernels(module: WebAssembly.Module): Promise<Kernels> {
  const exports = await instantiate(module);
  return {
    memory: exports.memory as WebAssembly.Memory,
    heapBase: numberOf(exports.__heap_base),
    run: exports.tatami_run as Kernels["run"],
    peak: exports.tatami_peak as Kernels["peak"],
  };
}

/**
 * The kernels on memory that workers can share.
 * @throws RangeError where there are no addresses for it
 */
export async function loadSharedKernels(module: WebAssembly.Module): Promise<SharedKernels> {
  const memory = new WebAssembly.Memory({ ...sharedPages, shared: true });
  const exports = await instantiate(module, { env: { memory } });
  return {
    module,
    memory,
    heapBase: numberOf(exports.__heap_base),
    run: exports.tatami_run as SharedKernels["run"],
    peak: exports.tatami_peak as SharedKernels["peak"],
    variablesBytes: numberOf(exports.__tls_size),
    scratchBytes: (exports.tatami_scratch_bytes as () => number)(),
    setVariables: exports.__wasm_init_tls as SharedKernels["setVariables"],
    setRules: exports.tatami_team_rules as SharedKernels["setRules"],
  };
}
