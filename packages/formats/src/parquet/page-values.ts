// The values in a page: byte strings as views of it, numbers as doubles. What is null is refused: an image or a label that is
// not there cannot be trained on.
import { deltaIntegers, deltaLengthStrings } from "./deltas.ts";
import type { ParquetFault } from "./fault.ts";
import type { ParquetColumn } from "./footer.ts";
import type { Page } from "./page-table.ts";
import { eachRun } from "./runs.ts";

/** Numbers exact up to 2⁵³. */
export type PageValues = readonly Uint8Array[] | Float64Array;

const encodings = { plain: 0, plainDictionary: 2, runs: 3, deltas: 5, lengths: 6, dictionary: 8 };

/** Bits that hold numbers up to `most`. */
const bitsFor = (most: number): number => 32 - Math.clz32(most);

/** A page's bytes, decompressed, its levels apart. */
export interface PageBytes {
  readonly repetition: Uint8Array;
  readonly definition: Uint8Array;
  readonly values: Uint8Array;
}

/** Cuts a page of version 1, where levels begin with their length, inside of the compression. */
export function cutPage(bytes: Uint8Array, column: ParquetColumn, fault: ParquetFault): PageBytes {
  let at = 0;
  const levels = (there: boolean): Uint8Array => {
    if (!there) return new Uint8Array(0);
    const length =
      at + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) : Number.NaN;
    if (!(length <= bytes.length - at - 4))
      throw fault("has levels out of range", `${length} bytes`, `at most ${bytes.length}`);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  const repetition = levels(column.lists > 0);
  const definition = levels(column.optional > 0);
  return { repetition, definition, values: bytes.subarray(at) };
}

/**
 * @param row of the first value, in words for messages
 * @throws DataError where a value is null, a list empty or of another length, or the levels are damaged
 */
export function checkLevels(
  page: Page,
  { repetition, definition }: PageBytes,
  column: ParquetColumn,
  dimensions: readonly number[],
  fault: ParquetFault,
): void {
  const name = column.path.join(".");
  if (column.optional > 0) {
    let at = page.first;
    eachRun(definition, bitsFor(column.optional), page.values, fault, (level, times) => {
      if (level !== column.optional)
        throw fault("lacks a value", `none in ${name}, value ${at} of its row group`, "no nulls");
      at += times;
    });
  }
  if (column.lists === 0) return;
  // of every list within lists, how many values it takes: [28, 28] gives 784, 28
  const sizes = dimensions.map((_, from) => dimensions.slice(from).reduce((product, length) => product * length, 1));
  const inner = sizes.at(-1)!;
  let at = page.first;
  eachRun(repetition, bitsFor(column.lists), page.values, fault, (level, times) => {
    for (let index = 0; index < times; index++, at++) {
      const expected = at % inner === 0 ? sizes.findIndex((size) => at % size === 0) : sizes.length;
      if (level !== expected) {
        throw fault(
          "has lists of other lengths",
          `a list that ends at value ${at} of ${name}`,
          `[${dimensions.join(", ")}]`,
        );
      }
    }
  });
}

/** How long the lists of the first row are, outermost first, by its repetition levels. */
export function firstDimensions(
  page: Page,
  levels: Uint8Array,
  column: ParquetColumn,
  total: number,
  fault: ParquetFault,
): number[] {
  // of each depth, values until a list of that depth ends
  const sizes: number[] = new Array(column.lists).fill(total);
  let at = 0;
  eachRun(levels, bitsFor(column.lists), page.values, fault, (level, times) => {
    for (let index = 0; index < times; index++, at++) {
      for (let depth = level; at > 0 && depth < sizes.length; depth++) sizes[depth] = Math.min(sizes[depth]!, at);
    }
  });
  return sizes.map((size, depth) => size / (sizes[depth + 1] ?? 1));
}

/** @throws DataError where values are damaged or in an encoding that is not read */
export function pageValues(
  bytes: Uint8Array,
  count: number,
  encoding: number,
  column: ParquetColumn,
  dictionary: PageValues | null,
  fault: ParquetFault,
): PageValues {
  if (encoding === encodings.plain) return plainValues(bytes, count, column, fault);
  if (encoding === encodings.dictionary || encoding === encodings.plainDictionary) {
    if (dictionary === null)
      throw fault("has no dictionary", `a page of ${column.path.join(".")} that needs one`, "one");
    return pick(dictionary, bytes, count, fault);
  }
  if (encoding === encodings.deltas && (column.type === "INT32" || column.type === "INT64")) {
    return deltaIntegers(bytes, count, fault).values;
  }
  if (encoding === encodings.lengths && column.type === "BYTE_ARRAY") return deltaLengthStrings(bytes, count, fault);
  if (encoding === encodings.runs && column.type === "BOOLEAN") {
    // behind the length of the runs
    return filled(count, (values) => {
      let at = 0;
      eachRun(bytes.subarray(4), 1, count, fault, (value, times) => {
        values.fill(value, at, at + times);
        at += times;
      });
    });
  }
  throw fault(
    "is encoded otherwise",
    `encoding ${encoding} of ${column.path.join(".")}`,
    "plain, a dictionary or differences",
  );
}

function filled(count: number, fill: (values: Float64Array) => void): Float64Array {
  const values = new Float64Array(count);
  fill(values);
  return values;
}

function pick(dictionary: PageValues, bytes: Uint8Array, count: number, fault: ParquetFault): PageValues {
  if (count === 0) return [];
  const width = bytes[0];
  if (width === undefined) throw fault("has a damaged page", "no indices", `${count}`);
  const picked: Uint8Array[] | Float64Array =
    dictionary instanceof Float64Array ? new Float64Array(count) : new Array(count);
  let at = 0;
  eachRun(bytes.subarray(1), width, count, fault, (index, times) => {
    const value = dictionary[index];
    if (value === undefined) throw fault("has an index out of range", `${index}`, `below ${dictionary.length}`);
    // both are of one kind
    for (const end = at + times; at < end; at++) (picked as (number | Uint8Array)[])[at] = value;
  });
  return picked;
}

const widths = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 };

function plainValues(bytes: Uint8Array, count: number, column: ParquetColumn, fault: ParquetFault): PageValues {
  const { type, typeLength } = column;
  const short = (): Error =>
    fault("has a damaged page", `${bytes.length} bytes`, `${count} values of ${column.path.join(".")}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") {
    const fixed = type === "FIXED_LEN_BYTE_ARRAY";
    if (count * (fixed ? Math.max(1, typeLength) : 4) > bytes.length) throw short();
    let at = 0;
    return Array.from({ length: count }, () => {
      if (!fixed && at + 4 > bytes.length) throw short();
      const length = fixed ? typeLength : view.getUint32(at, true);
      at += fixed ? 0 : 4;
      if (length > bytes.length - at) throw short();
      at += length;
      return bytes.subarray(at - length, at);
    });
  }
  if (type === "BOOLEAN") {
    if (count > 8 * bytes.length) throw short();
    return Float64Array.from({ length: count }, (_, index) => (bytes[index >> 3]! >> (index & 7)) & 1);
  }
  if (type === "INT96")
    throw fault("has a column of another type", `INT96 ${column.path.join(".")}`, "bytes or numbers");
  if (count * widths[type] > bytes.length) throw short();
  const read: Record<keyof typeof widths, (at: number) => number> = {
    INT32: (at) => view.getInt32(4 * at, true),
    INT64: (at) => view.getInt32(8 * at + 4, true) * 2 ** 32 + view.getUint32(8 * at, true),
    FLOAT: (at) => view.getFloat32(4 * at, true),
    DOUBLE: (at) => view.getFloat64(8 * at, true),
  };
  return filled(count, (values) => {
    for (let index = 0; index < count; index++) values[index] = read[type](index);
  });
}
