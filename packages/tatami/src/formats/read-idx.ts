// IDX arrays out of bytes, plain or gzip, in Node and in browsers. Reading from a file system is data/node-files.ts.
import { DataError, OptionError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import { gunzip, isGzip, maximumExpansion } from "./gzip.ts";
import {
  checkIdxLength,
  decodeIdx,
  type Idx,
  type IdxHeader,
  idxHeader,
  limitedRecords,
  maximumHeaderBytes,
} from "./idx.ts";

export interface ReadIdxOptions {
  /** a name for messages, such as the file's; default "the data" */
  source?: string | undefined;
  /** read the first records only, an integer ≥ 1, all where there are fewer; default all */
  limit?: number | undefined;
}

/** @throws OptionError unless `limit` is undefined or an integer ≥ 1 */
export function checkLimit(op: string, limit: number | undefined): void {
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new OptionError(
      `${op}: limit is out of range, got ${limit}, expected an integer of at least 1`,
      "limit",
      limit,
    );
  }
}

/**
 * The array of an IDX file. uint8 values of a plain file are a view of `bytes`, not a copy. The whole file is checked,
 * except that the gzip checksum and what follows the last wanted record are out of sight under a limit.
 * @param bytes the file, plain or gzip
 * @throws DataError naming the source and offset, where the file is damaged, incomplete, too long or no IDX file
 */
export async function readIdx(bytes: Uint8Array | ArrayBuffer, options: ReadIdxOptions = {}): Promise<Idx> {
  const { source = "the data", limit } = options;
  checkLimit("readIdx", limit);
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (isGzip(file)) return readCompressed(file, source, limit);
  const header = idxHeader(file, source);
  checkIdxLength(header, file.length);
  return decodeIdx(header, file.subarray(header.offset), limitedRecords(header, limit));
}

/** Memory stays in proportion to the wanted records, whatever the header claims or the stream holds. */
async function readCompressed(bytes: Uint8Array, source: string, limit: number | undefined): Promise<Idx> {
  const chunks = gunzip(bytes, source);
  try {
    const head = await collect(chunks, maximumHeaderBytes);
    const header = idxHeader(head, source);
    checkExpansion(header, bytes.length);
    const records = limitedRecords(header, limit);
    const payload = new Uint8Array(records * header.recordBytes);
    payload.set(head.subarray(header.offset, header.offset + payload.length));
    let total = head.length;
    for (;;) {
      if (total > header.fileBytes) checkIdxLength(header, total);
      if (records < header.shape[0]! && total >= header.offset + payload.length) break;
      const { done, value } = await chunks.next();
      if (done) {
        checkIdxLength(header, total);
        break;
      }
      const begin = total - header.offset;
      payload.set(value.subarray(0, Math.max(0, payload.length - begin)), Math.min(begin, payload.length));
      total += value.length;
    }
    return decodeIdx(header, payload, records);
  } finally {
    await chunks.return();
  }
}

/** At least `count` bytes of the stream, or all it has. */
async function collect(chunks: AsyncGenerator<Uint8Array, void, undefined>, count: number): Promise<Uint8Array> {
  let head = new Uint8Array();
  while (head.length < count) {
    const { done, value } = await chunks.next();
    if (done) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  return head;
}

/** Refuses sizes that so few compressed bytes cannot hold before any memory is set aside for them. */
function checkExpansion({ source, shape, fileBytes }: IdxHeader, compressedBytes: number): void {
  const most = compressedBytes * maximumExpansion;
  if (fileBytes > most) {
    throw new DataError(
      `idx: ${source} has sizes at offset 4 that its data cannot fill, got ${formatShape(shape)} (${fileBytes} bytes), expected at most ${most} bytes from ${compressedBytes} of gzip`,
      source,
    );
  }
}
