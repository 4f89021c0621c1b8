// Zstandard (RFC 8878), by its makers' own decoder compiled to WebAssembly (zstddec), which writes no further than it is told. It
// is loaded by the first file that needs it, and keeps the memory of its largest page: so there is a limit of its own.
import type { ParquetFault } from "./fault.ts";

/** Of a page: twice as much is well within the 2 GiB of the decoder's memory. */
const mostBytes = 2 ** 28;

/** A block of four bytes gives 128 KiB at most. */
const mostExpansion = 2 ** 15;

type Decode = (bytes: Uint8Array, size: number) => Uint8Array;
let decoder: Promise<Decode> | null = null;

async function loaded(): Promise<Decode> {
  const { ZSTDDecoder } = await import("zstddec");
  const zstd = new ZSTDDecoder();
  await zstd.init();
  return (bytes, size) => zstd.decode(bytes, size);
}

/**
 * @param size in bytes, of what comes out
 * @throws DataError where the bytes are damaged or give another size
 */
export async function inflateZstd(bytes: Uint8Array, size: number, fault: ParquetFault): Promise<Uint8Array> {
  const damaged = (got: string, cause?: unknown): Error =>
    fault("has a damaged page", got, `ZSTD of ${size} bytes`, cause);
  if (Math.max(size, bytes.length) > mostBytes) {
    throw fault("has a zstd page too large", `${size} bytes from ${bytes.length}`, `at most ${mostBytes}`);
  }
  if (size > mostExpansion * bytes.length) throw damaged(`${bytes.length} bytes`);
  decoder ??= loaded();
  const decode = await decoder;
  let page: Uint8Array;
  try {
    // it would take 0 for a size that it is to find
    page = decode(bytes, Math.max(1, size));
  } catch (cause) {
    throw damaged(JSON.stringify(cause instanceof Error ? cause.message : String(cause)), cause);
  }
  // none at all where the decoder refuses them
  if (page.length !== size) throw damaged(page.length === 0 ? `${bytes.length} bytes of none` : `${page.length} bytes`);
  return page;
}
