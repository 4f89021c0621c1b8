// Whether the native backend runs here and, if not, why and what to do: for `tatami doctor` and for the line that an
// entry point prints when it falls back to WebAssembly.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BackendError } from "tatamijs/shape";
import { loadAddon } from "./addon.ts";
import { NativeBackend, type NativeOptions } from "./backend.ts";

export interface NativeStatus {
  readonly available: boolean;
  /** the instruction set in use */
  readonly isa: string | null;
  /** all that this processor has kernels for, the fastest first */
  readonly isas: readonly string[];
  /** what the addon was built with, as the compiler names itself */
  readonly compiler: string | null;
  /** the addon in use */
  readonly file: string | null;
  /** one line for people: why it is not available */
  readonly reason: string | null;
}

function compilerOf(file: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(dirname(file), "compiler.json"), "utf8")) as { compiler: string }).compiler;
  } catch {
    return null;
  }
}

export function nativeStatus(options: NativeOptions = {}): NativeStatus {
  try {
    const { isa, file } = NativeBackend.create(options);
    const isas = loadAddon(options.file).addon.variants();
    return { available: true, isa, isas, compiler: compilerOf(file), file, reason: null };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const [reason] = error.message.split("\n");
    return { available: false, isa: null, isas: [], compiler: null, file: null, reason };
  }
}
