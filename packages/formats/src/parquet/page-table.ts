// Where the pages of a column chunk lie, from their headers alone ("parquet.thrift", PageHeader). Values are not read.
import type { ByteSource } from "tatamijs/formats";
import type { ParquetFault } from "./fault.ts";
import type { ColumnChunk } from "./footer.ts";
import { ThriftReader } from "./thrift.ts";

export interface Page {
  /** of its bytes, behind its header */
  readonly offset: number;
  readonly bytes: number;
  /** of what comes out of the compression */
  readonly size: number;
  readonly values: number;
  /** of the first value within the chunk */
  readonly first: number;
  readonly encoding: number;
  /** of the bytes as they are in the file, null where the writer left it out */
  readonly crc: number | null;
  /** how long the levels are, in pages of version 2, which has them outside of the compression */
  readonly levels: { readonly repetition: number; readonly definition: number; readonly compressed: boolean } | null;
}

export interface PageTable {
  readonly dictionary: Page | null;
  /** by their first value */
  readonly pages: readonly Page[];
}

const kinds = { data: 0, index: 1, dictionary: 2, data2: 3 };

/** Most headers are 30 bytes; values in their statistics make them longer. */
const headerBytes = [2 ** 9, 2 ** 16, 2 ** 24];

/** However few bytes they take: a run of equal values is as short as one. */
const freeValues = 2 ** 20;

/**
 * @param mostPageBytes refuse pages that come to more
 * @throws DataError where headers are damaged or do not add up to the chunk
 */
export async function readPageTable(
  source: ByteSource,
  chunk: ColumnChunk,
  mostPageBytes: number,
  fault: ParquetFault,
): Promise<PageTable> {
  let dictionary: Page | null = null;
  const pages: Page[] = [];
  let first = 0;
  for (let at = chunk.begin; at < chunk.end && first < chunk.values; ) {
    const { page, kind } = await headerAt(source, at, chunk.end, first, fault);
    const where = `page at offset ${at}`;
    const left = chunk.end - page.offset;
    if (!(page.bytes >= 0 && page.bytes <= left))
      throw fault("has a page out of range", `${where}, ${page.bytes} bytes`, `${left}`);
    if (!(page.size >= 0 && page.size <= mostPageBytes)) {
      throw fault("has a page too large", `${where}, ${page.size} bytes`, `at most ${mostPageBytes}`);
    }
    if (!(page.values >= 0 && page.values <= Math.max(freeValues, 8 * page.size))) {
      throw fault("has a page too full", `${where}, ${page.values} values`, `at most 8 for each of ${page.size} bytes`);
    }
    if (kind === kinds.dictionary) {
      if (dictionary !== null || pages.length > 0) throw fault("has a misplaced dictionary", where, "one, first");
      dictionary = page;
    } else if (kind === kinds.data || kind === kinds.data2) {
      pages.push(page);
      first += page.values;
    } else if (kind !== kinds.index) throw fault("has an unknown page", `${where}, kind ${kind}`, "data or dictionary");
    at = page.offset + page.bytes;
  }
  if (first !== chunk.values) throw fault("has pages that do not add up", `${first} values`, `${chunk.values}`);
  return { dictionary, pages };
}

async function headerAt(
  source: ByteSource,
  at: number,
  end: number,
  first: number,
  fault: ParquetFault,
): Promise<{ page: Page; kind: number }> {
  for (const [attempt, length] of headerBytes.entries()) {
    const bytes = await source.read(at, Math.min(length, end - at));
    try {
      return readHeader(bytes, at, first, fault);
    } catch (error) {
      // a longer piece may hold all of it
      if (bytes.length === end - at || attempt === headerBytes.length - 1) throw error;
    }
  }
  throw new Error("internal: no attempt at a page header");
}

function readHeader(bytes: Uint8Array, at: number, first: number, fault: ParquetFault): { page: Page; kind: number } {
  const thrift = new ThriftReader(bytes, at, fault);
  const found = { kind: -1, size: -1, bytes: -1, values: 0, encoding: 0, repetition: -1, definition: -1 };
  let crc: number | null = null;
  let compressed = true;
  const set = (name: keyof typeof found) => (type: number) => {
    found[name] = thrift.integer(type);
  };
  const data = { 1: set("values"), 2: set("encoding") };
  const data2 = {
    1: set("values"),
    4: set("encoding"),
    5: set("definition"),
    6: set("repetition"),
    7: (type: number) => {
      compressed = thrift.boolean(type);
    },
  };
  thrift.struct({
    1: set("kind"),
    2: set("size"),
    3: set("bytes"),
    4: (type) => {
      crc = thrift.integer(type) >>> 0;
    },
    5: (type) => thrift.struct(data, type),
    7: (type) => thrift.struct(data, type),
    8: (type) => thrift.struct(data2, type),
  });
  const { kind, size, values, encoding, repetition, definition } = found;
  let levels: Page["levels"] = null;
  if (kind === kinds.data2) {
    if (!(repetition >= 0 && definition >= 0 && repetition + definition <= Math.min(size, found.bytes))) {
      throw fault("has a page with levels out of range", `${repetition} and ${definition} bytes`, `at most ${size}`);
    }
    levels = { repetition, definition, compressed };
  }
  const page = { offset: at + thrift.offset, bytes: found.bytes, size, values, first, encoding, crc, levels };
  return { page, kind };
}
