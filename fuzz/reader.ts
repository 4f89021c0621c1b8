// What the fuzzer asks of a format.
import type { Draws } from "./draws.ts";

export interface Reader {
  /** whole files; the first, a small one, is also cut at every offset */
  readonly files: () => Promise<readonly Uint8Array[]>;
  /** a file that is well formed but for its lies */
  readonly lie: (draws: Draws, files: readonly Uint8Array[]) => Uint8Array | Promise<Uint8Array>;
  /** @throws Error starting "fuzz:" where the reader accepts what cannot be */
  readonly read: (bytes: Uint8Array) => Promise<void>;
}
