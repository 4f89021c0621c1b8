// The compressions of Parquet's pages. All but snappy are Node's, which stops at the length that the page's header allows.
import * as zlib from "node:zlib";
import type { ParquetFault } from "./fault.ts";
import { inflateSnappy } from "./snappy.ts";

/** By their number in the footer. */
const names = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const;

type Inflate = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Since Node 22.15 and 23.8. */
const zstd = (zlib as { readonly zstdDecompressSync?: Inflate }).zstdDecompressSync;

const inflates: Readonly<Record<string, Inflate | undefined>> = {
  GZIP: zlib.gunzipSync,
  BROTLI: zlib.brotliDecompressSync,
  ZSTD: zstd,
};

/** @throws DataError where this codec cannot be read here */
export function checkCodec(codec: number, fault: ParquetFault): void {
  const name = names[codec] ?? `codec ${codec}`;
  if (name === "UNCOMPRESSED" || name === "SNAPPY" || inflates[name] !== undefined) return;
  if (name === "ZSTD") throw fault("is compressed with zstd", `Node ${process.versions.node}`, "Node 22.15 or later");
  throw fault("is compressed otherwise", name, "snappy, gzip, brotli, zstd or no compression");
}

/**
 * The bytes of a page in a buffer of their own.
 * @throws DataError where they are damaged or not `size` many
 */
export function inflatePage(codec: number, bytes: Uint8Array, size: number, fault: ParquetFault): Uint8Array {
  const name = names[codec] ?? "";
  if (name === "SNAPPY") return inflateSnappy(bytes, size, fault);
  let page = bytes;
  if (name !== "UNCOMPRESSED") {
    try {
      // zlib takes no limit of 0
      page = inflates[name]!(bytes, { maxOutputLength: Math.max(1, size) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw fault("has a damaged page", JSON.stringify(reason), `${name} of ${size} bytes`, cause);
    }
  }
  if (page.length !== size) throw fault("has a page of another size", `${page.length} bytes`, `${size}`);
  return page;
}
