// The footer of a Parquet file ("parquet.thrift", FileMetaData): which columns there are and where their pieces lie. All of it
// is held against the file's size before anything is read.
import type { ByteSource } from "tatamijs/formats";
import { checkCodec } from "./codecs.ts";
import { type ParquetFault, parquetFaults } from "./fault.ts";
import { ThriftReader } from "./thrift.ts";

const physicalTypes = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
] as const;
export type PhysicalType = (typeof physicalTypes)[number];

/** A column of values: a leaf of the schema. */
export interface ParquetColumn {
  /** names from the top on, such as image, bytes */
  readonly path: readonly string[];
  readonly type: PhysicalType;
  /** in bytes, of FIXED_LEN_BYTE_ARRAY */
  readonly typeLength: number;
  /** how many of the path may be null or repeat: the highest definition level */
  readonly optional: number;
  /** how many of the path are lists: the highest repetition level */
  readonly lists: number;
}

/** The pages of one column in one row group. */
export interface ColumnChunk {
  readonly codec: number;
  readonly values: number;
  /** of its pages in the file, dictionary included */
  readonly begin: number;
  readonly end: number;
  /** the largest value, where the writer said so and it is a whole number */
  readonly largest: number | null;
}

export interface RowGroup {
  readonly rows: number;
  /** by column */
  readonly chunks: readonly ColumnChunk[];
}

export interface Footer {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly RowGroup[];
  /** the file's own texts, such as "huggingface" */
  readonly texts: ReadonlyMap<string, string>;
}

/** Longer footers are no metadata. */
const mostFooterBytes = 2 ** 28;

/** @throws DataError where the file is no Parquet file, damaged or encrypted */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const fault = parquetFaults(source.name);
  if (source.size < 12) throw fault("is no Parquet file", `${source.size} bytes`, "at least 12");
  const tail = await source.read(source.size - 8, 8);
  const magic = String.fromCharCode(...tail.subarray(4));
  if (magic === "PARE") throw fault("is encrypted", "an encrypted footer", "a plain one");
  if (magic !== "PAR1") throw fault("is no Parquet file", `${JSON.stringify(magic)} at its end`, '"PAR1"');
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  const begin = source.size - 8 - length;
  if (begin < 4 || length > mostFooterBytes) {
    throw fault(
      "has a footer out of range",
      `${length} bytes`,
      `at most ${Math.min(mostFooterBytes, source.size - 12)}`,
    );
  }
  return parseFooter(await source.read(begin, length), begin, fault);
}

interface SchemaElement {
  name: string;
  type: number | null;
  typeLength: number;
  repetition: number;
  children: number;
}

type RawChunk = { -readonly [Key in keyof Omit<ColumnChunk, "end">]: ColumnChunk[Key] } & {
  type: number;
  path: string[];
  bytes: number;
};

function parseFooter(bytes: Uint8Array, begin: number, fault: ParquetFault): Footer {
  const thrift = new ThriftReader(bytes, begin, fault);
  const schema: SchemaElement[] = [];
  const groups: { rows: number; chunks: RawChunk[] }[] = [];
  const texts = new Map<string, string>();
  let rows = -1;
  thrift.struct({
    2: (type) => thrift.list(type, () => schema.push(readElement(thrift))),
    3: (type) => {
      rows = thrift.integer(type);
    },
    4: (type) => thrift.list(type, () => groups.push(readGroup(thrift, fault))),
    5: (type) => thrift.list(type, () => readText(thrift, texts)),
    8: () => {
      throw fault("is encrypted", "encrypted columns", "plain ones");
    },
  });
  const columns = columnsOf(schema, fault);
  const checked = groups.map((group, index) => ({
    rows: group.rows,
    chunks: checkChunks(group, index, columns, begin, fault),
  }));
  const total = checked.reduce((sum, group) => sum + group.rows, 0);
  if (total !== rows || !Number.isSafeInteger(total))
    throw fault("has row groups of other sizes", `${total} rows`, `${rows}`);
  return { rows, columns, groups: checked, texts };
}

function readElement(thrift: ThriftReader): SchemaElement {
  const element: SchemaElement = { name: "", type: null, typeLength: 0, repetition: 0, children: 0 };
  thrift.struct({
    1: (type) => {
      element.type = thrift.integer(type);
    },
    2: (type) => {
      element.typeLength = thrift.integer(type);
    },
    3: (type) => {
      element.repetition = thrift.integer(type);
    },
    4: (type) => {
      element.name = thrift.text(type);
    },
    5: (type) => {
      element.children = thrift.integer(type);
    },
  });
  return element;
}

function readText(thrift: ThriftReader, texts: Map<string, string>): void {
  let key = "";
  let value = "";
  thrift.struct({
    1: (type) => {
      key = thrift.text(type);
    },
    2: (type) => {
      value = thrift.text(type);
    },
  });
  texts.set(key, value);
}

function readGroup(thrift: ThriftReader, fault: ParquetFault): { rows: number; chunks: RawChunk[] } {
  const group = { rows: -1, chunks: [] as RawChunk[] };
  thrift.struct({
    1: (type) =>
      thrift.list(type, () => {
        thrift.struct({
          1: (kind) => {
            throw fault("keeps columns in other files", JSON.stringify(thrift.text(kind)), "all in one");
          },
          3: (kind) => void group.chunks.push(readChunk(thrift, kind)),
        });
      }),
    3: (type) => {
      group.rows = thrift.integer(type);
    },
  });
  return group;
}

function readChunk(thrift: ThriftReader, kind: number): RawChunk {
  const chunk: RawChunk = { type: -1, path: [], codec: -1, values: -1, bytes: -1, begin: -1, largest: null };
  let dictionary = 0;
  let largest: Uint8Array | null = null;
  const fields = {
    1: (type: number) => {
      chunk.type = thrift.integer(type);
    },
    3: (type: number) => thrift.list(type, (element) => void chunk.path.push(thrift.text(element))),
    4: (type: number) => {
      chunk.codec = thrift.integer(type);
    },
    5: (type: number) => {
      chunk.values = thrift.integer(type);
    },
    7: (type: number) => {
      chunk.bytes = thrift.integer(type);
    },
    9: (type: number) => {
      chunk.begin = thrift.integer(type);
    },
    11: (type: number) => {
      dictionary = thrift.integer(type);
    },
    12: (type: number) =>
      thrift.struct(
        {
          5: (inner) => {
            largest = thrift.binary(inner);
          },
        },
        type,
      ),
  };
  thrift.struct(fields, kind);
  // some writers say 0 where there is none
  if (dictionary > 0 && dictionary < chunk.begin) chunk.begin = dictionary;
  chunk.largest = wholeNumber(largest, chunk.type);
  return chunk;
}

function wholeNumber(bytes: Uint8Array | null, type: number): number | null {
  const name = physicalTypes[type];
  if (bytes === null || bytes.length !== (name === "INT32" ? 4 : name === "INT64" ? 8 : -1)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return name === "INT32" ? view.getInt32(0, true) : Number(view.getBigInt64(0, true));
}

/** The leaves of the schema, which is written as the tree is walked, each node before its children. */
function columnsOf(schema: readonly SchemaElement[], fault: ParquetFault): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  const broken = (got: string, expected: string): Error => fault("has a broken schema", got, expected);
  let next = 1;
  const walk = (count: number, path: readonly string[], optional: number, lists: number): void => {
    if (path.length > 16) throw broken("columns in columns", "at most 16 deep");
    for (let child = 0; child < count; child++) {
      const element = schema[next++];
      if (element === undefined) throw broken(`${schema.length} elements`, "more");
      const { name, type, typeLength, repetition, children } = element;
      const inner = [...path, name];
      const levels = [optional + (repetition > 0 ? 1 : 0), lists + (repetition === 2 ? 1 : 0)] as const;
      if (children > 0) {
        walk(children, inner, ...levels);
        continue;
      }
      const physical = physicalTypes[type ?? -1];
      if (physical === undefined) throw broken(`type ${type} of ${inner.join(".")}`, "one of Parquet's");
      columns.push({ path: inner, type: physical, typeLength, optional: levels[0], lists: levels[1] });
    }
  };
  walk(schema[0]?.children ?? 0, [], 0, 0);
  if (next !== schema.length) throw broken(`${schema.length} elements`, `${next}`);
  return columns;
}

function checkChunks(
  group: { readonly rows: number; readonly chunks: readonly RawChunk[] },
  index: number,
  columns: readonly ParquetColumn[],
  footer: number,
  fault: ParquetFault,
): ColumnChunk[] {
  const broken = (got: string, expected: string): Error => fault(`has a broken row group ${index}`, got, expected);
  if (!Number.isSafeInteger(group.rows) || group.rows < 0) throw broken(`${group.rows} rows`, "a count");
  if (group.chunks.length !== columns.length) throw broken(`${group.chunks.length} columns`, `${columns.length}`);
  return group.chunks.map(({ type, path, codec, values, bytes, begin, largest }, at) => {
    const column = columns[at]!;
    const name = column.path.join(".");
    if (path.join(".") !== name || physicalTypes[type] !== column.type) throw broken(`column ${path.join(".")}`, name);
    if (!Number.isSafeInteger(values) || values < 0) throw broken(`${values} values of ${name}`, "a count");
    if (column.lists === 0 && values !== group.rows) throw broken(`${values} values of ${name}`, `${group.rows}`);
    if (
      !(
        Number.isSafeInteger(begin) &&
        Number.isSafeInteger(bytes) &&
        begin >= 4 &&
        bytes >= 0 &&
        begin + bytes <= footer
      )
    ) {
      throw broken(`${name} at offset ${begin}, ${bytes} bytes`, `within 4 and ${footer}`);
    }
    return { codec, values, begin, end: begin + bytes, largest };
  });
}

/** @throws DataError where a column is compressed so that it cannot be read here */
export function checkCodecs(footer: Footer, column: number, fault: ParquetFault): void {
  for (const group of footer.groups) checkCodec(group.chunks[column]!.codec, fault);
}
