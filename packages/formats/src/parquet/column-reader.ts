// Values of one column of one row group, page by page: what is held is the dictionary and the last page.
import { type ByteSource, crc32 } from "tatamijs/formats";
import { inflatePage } from "./codecs.ts";
import { type ParquetFault, parquetFaults } from "./fault.ts";
import type { ColumnChunk, ParquetColumn } from "./footer.ts";
import { type Page, type PageTable, readPageTable } from "./page-table.ts";
import { checkLevels, cutPage, firstDimensions, type PageBytes, type PageValues, pageValues } from "./page-values.ts";

export class ColumnReader {
  readonly #source: ByteSource;
  readonly #column: ParquetColumn;
  readonly #chunk: ColumnChunk;
  readonly #mostPageBytes: number;
  readonly #fault: ParquetFault;
  #table: Promise<PageTable> | null = null;
  #dictionary: PageValues | null = null;
  #last: { readonly page: Page; readonly values: PageValues } | null = null;

  constructor(source: ByteSource, column: ParquetColumn, chunk: ColumnChunk, mostPageBytes: number) {
    this.#source = source;
    this.#column = column;
    this.#chunk = chunk;
    this.#mostPageBytes = mostPageBytes;
    this.#fault = parquetFaults(source.name);
  }

  #pages(): Promise<PageTable> {
    this.#table ??= readPageTable(this.#source, this.#chunk, this.#mostPageBytes, this.#fault);
    return this.#table;
  }

  /** Complaints that say where in the file the page is. */
  #faultIn(page: Page): ParquetFault {
    return (what, got, ...rest) => this.#fault(what, `${got}, in the page at offset ${page.offset}`, ...rest);
  }

  /** As they are in the file. */
  async #stored(page: Page): Promise<Uint8Array> {
    const stored = await this.#source.read(page.offset, page.bytes);
    if (page.crc !== null && crc32(stored) !== page.crc) {
      throw this.#faultIn(page)("has a damaged page", `checksum ${crc32(stored)}`, `${page.crc}`);
    }
    return stored;
  }

  async #bytes(page: Page): Promise<PageBytes> {
    const stored = await this.#stored(page);
    const { codec } = this.#chunk;
    const fault = this.#faultIn(page);
    if (page.levels === null) {
      return cutPage(inflatePage(codec, stored, page.size, fault), this.#column, fault);
    }
    const { repetition, definition, compressed } = page.levels;
    const begin = repetition + definition;
    const rest = stored.subarray(begin);
    // a page without values may have no stream at all
    const inflated = compressed && page.size > begin ? inflatePage(codec, rest, page.size - begin, fault) : rest;
    return {
      repetition: stored.subarray(0, repetition),
      definition: stored.subarray(repetition, begin),
      values: inflated,
    };
  }

  /** How long the lists of the first row are, outermost first. @param total values of a row */
  async dimensions(total: number): Promise<readonly number[]> {
    const page = (await this.#pages()).pages.find(({ values }) => values > 0);
    if (page === undefined) return [];
    if (this.#column.lists < 2) return [total];
    return firstDimensions(page, (await this.#bytes(page)).repetition, this.#column, total, this.#faultIn(page));
  }

  async #values(page: Page, dimensions: readonly number[]): Promise<PageValues> {
    if (this.#last?.page === page) return this.#last.values;
    const { dictionary } = await this.#pages();
    if (dictionary !== null && this.#dictionary === null) {
      const fault = this.#faultIn(dictionary);
      const bytes = inflatePage(this.#chunk.codec, await this.#stored(dictionary), dictionary.size, fault);
      this.#dictionary = pageValues(bytes, dictionary.values, 0, this.#column, null, fault);
    }
    const bytes = await this.#bytes(page);
    const fault = this.#faultIn(page);
    checkLevels(page, bytes, this.#column, dimensions, fault);
    const values = pageValues(bytes.values, page.values, page.encoding, this.#column, this.#dictionary, fault);
    this.#last = { page, values };
    return values;
  }

  /**
   * Hands over the values from `begin` to `end` in pieces, a page at most each.
   * @param dimensions of the lists, [] where the column has none
   */
  async each(
    begin: number,
    end: number,
    dimensions: readonly number[],
    piece: (values: PageValues, at: number) => void,
  ): Promise<void> {
    for (const page of (await this.#pages()).pages) {
      const from = Math.max(begin, page.first);
      const to = Math.min(end, page.first + page.values);
      if (from >= to) continue;
      const values = await this.#values(page, dimensions);
      piece(values.slice(from - page.first, to - page.first), from - begin);
    }
  }
}
