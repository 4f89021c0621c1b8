// Decompression of gzip (RFC 1952) through the platform's DecompressionStream, in chunks, so that a reader can stop as soon
// as it has enough. Not a compressor.
import { DataError } from "../shape/errors.ts";

/** No deflate stream (RFC 1951) grows by more: 258 bytes cost at least two bits. */
export const maximumExpansion = 1032;

const inputChunk = 1 << 16;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function chunked(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(offset, offset + inputChunk));
      offset += inputChunk;
    },
  });
}

/**
 * The decompressed bytes of `bytes`, chunk by chunk; leaving the loop early stops the decompression.
 * @throws DataError where the data is damaged or ends too soon
 */
export async function* gunzip(bytes: Uint8Array, source: string): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = chunked(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  let produced = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      produced += value.length;
      yield value;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `gunzip: ${source} is damaged after ${produced} decompressed bytes, got "${reason}" from ${bytes.length} bytes, expected intact gzip data`,
      source,
      { cause },
    );
  } finally {
    // a stream that failed rejects again here, with the error already reported
    await reader.cancel().catch(() => undefined);
  }
}
