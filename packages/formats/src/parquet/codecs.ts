// The compressions of Parquet's pages. gzip and brotli are Node's, which stops at the length that the page's header allows.
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { ParquetFault } from "./fault.ts";
import { inflateSnappy } from "./snappy.ts";
import { inflateZstd } from "./zstd.ts";

type Inflate = (bytes: Uint8Array, size: number, fault: ParquetFault) => Uint8Array | Promise<Uint8Array>;

/** By their number in the footer. */
const names = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const;

const inflates: Readonly<Partial<Record<string, Inflate>>> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: inflateSnappy,
  GZIP: byZlib("GZIP", gunzipSync),
  BROTLI: byZlib("BROTLI", brotliDecompressSync),
  ZSTD: inflateZstd,
};

function byZlib(
  name: string,
  inflate: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array,
): Inflate {
  return (bytes, size, fault) => {
    try {
      // zlib takes no limit of 0
      return inflate(bytes, { maxOutputLength: Math.max(1, size) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw fault("has a damaged page", JSON.stringify(reason), `${name} of ${size} bytes`, cause);
    }
  };
}

/** @throws DataError where this codec cannot be read */
export function checkCodec(codec: number, fault: ParquetFault): void {
  const name = names[codec] ?? `codec ${codec}`;
  if (inflates[name] === undefined) {
    throw fault("is compressed otherwise", name, "snappy, gzip, brotli, zstd or no compression");
  }
}

/**
 * The bytes of a page in a buffer of their own.
 * @throws DataError where they are damaged or not `size` many
 */
export async function inflatePage(
  codec: number,
  bytes: Uint8Array,
  size: number,
  fault: ParquetFault,
): Promise<Uint8Array> {
  const page = await inflates[names[codec]!]!(bytes, size, fault);
  if (page.length !== size) throw fault("has a page of another size", `${page.length} bytes`, `${size}`);
  return page;
}
