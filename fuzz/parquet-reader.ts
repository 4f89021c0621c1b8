// The Parquet reader as it is fuzzed: files that pyarrow wrote, and files whose footers and page headers lie, run lengths and
// compressed sizes among them.
import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { decodeParquetImage, openParquetImages } from "../packages/formats/src/parquet/parquet-images.ts";
import { damage, joined } from "./damage.ts";
import type { Draws } from "./draws.ts";
import type { Reader } from "./reader.ts";

/** 256 kB: what a file asks for within the limit is memory that it may have. */
const mostPageBytes = 2 ** 18;
/** of rows at a time, as a loader reads */
const block = 64;

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../packages/formats/fixtures/parquet/${name}.parquet`, import.meta.url)));

/** A struct in thrift's compact protocol. */
class Struct {
  readonly #bytes: number[] = [];
  #last = 0;

  #field(id: number, type: number): this {
    this.#bytes.push(((id - this.#last) << 4) | type);
    this.#last = id;
    return this;
  }

  static varint(value: number): number[] {
    const bytes: number[] = [];
    for (let left = Math.floor(value); ; left = Math.floor(left / 128)) {
      if (left < 128 || bytes.length === 9) return [...bytes, left % 128];
      bytes.push((left % 128) | 128);
    }
  }

  /** @param kind 5 for 32 bits, 6 for 64 */
  int(id: number, value: number, kind: 5 | 6 = 5): this {
    this.#field(id, kind).#bytes.push(...Struct.varint(value < 0 ? -2 * value - 1 : 2 * value));
    return this;
  }

  bytes(id: number, value: Uint8Array, length = value.length): this {
    this.#field(id, 8).#bytes.push(...Struct.varint(length), ...value);
    return this;
  }

  text(id: number, value: string): this {
    return this.bytes(id, new TextEncoder().encode(value));
  }

  struct(id: number, value: Struct): this {
    this.#field(id, 12).#bytes.push(...value.finish());
    return this;
  }

  /** @param count as it says, which may be a lie */
  list(id: number, items: readonly (Struct | string | number)[], count = items.length): this {
    const [first] = items;
    const kind = first instanceof Struct ? 12 : typeof first === "string" ? 8 : 5;
    this.#field(id, 9).#bytes.push(0xf0 | kind, ...Struct.varint(count));
    for (const item of items) {
      if (item instanceof Struct) this.#bytes.push(...item.finish());
      else if (typeof item === "number") this.#bytes.push(...Struct.varint(2 * item));
      else this.#bytes.push(...Struct.varint(item.length), ...new TextEncoder().encode(item));
    }
    return this;
  }

  finish(): Uint8Array {
    return Uint8Array.from([...this.#bytes, 0]);
  }
}

/** Since Node 22.15. */
const zstd = (zlib as { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync;
/** What inflates a thousandfold. */
const bombs = [2e5, 4e6].flatMap((zeros) => [
  ...(zstd === undefined ? [] : [{ codec: 6, body: new Uint8Array(zstd(new Uint8Array(zeros))), size: zeros }]),
  { codec: 2, body: new Uint8Array(zlib.gzipSync(new Uint8Array(zeros))), size: zeros },
  { codec: 4, body: new Uint8Array(zlib.brotliCompressSync(new Uint8Array(zeros))), size: zeros },
]);

function snappy(bytes: Uint8Array): Uint8Array {
  const literal =
    bytes.length > 60 ? [61 << 2, (bytes.length - 1) & 255, (bytes.length - 1) >> 8] : [(bytes.length - 1) << 2];
  return Uint8Array.from([...Struct.varint(bytes.length), ...(bytes.length === 0 ? [] : literal), ...bytes]);
}

/** A file of one column of images and one of labels, each field of which may be another number. */
function lie(draws: Draws): Uint8Array {
  const lied = (truth: number): number => (draws.chance(0.06) ? Math.floor(draws.number()) : truth);
  const rows = lied(1 + draws.below(6));
  const count = Math.min(Math.max(0, rows), 8);
  const lists = draws.chance(0.3);
  const pieces: Uint8Array[] = [new TextEncoder().encode("PAR1")];
  let offset = 4;
  const chunk = (
    name: readonly string[],
    type: number,
    plain: Uint8Array,
    values: number,
    levels: Uint8Array,
  ): Struct => {
    const begin = offset;
    const add = (bytes: Uint8Array): void => {
      pieces.push(bytes);
      offset += bytes.length;
    };
    const bomb = draws.chance(0.03) ? draws.of(bombs) : null;
    const codec = bomb?.codec ?? draws.of([0, 0, 1, 1, 2, 4]);
    const pack = (bytes: Uint8Array): Uint8Array =>
      codec === 1
        ? snappy(bytes)
        : codec === 2
          ? new Uint8Array(zlib.gzipSync(bytes))
          : codec === 4
            ? new Uint8Array(zlib.brotliCompressSync(bytes))
            : bytes;
    const page = (kind: number, bytes: Uint8Array, inner: Struct, field: number): void => {
      const body = bomb?.body ?? pack(draws.chance(0.1) ? damage(bytes, draws) : bytes);
      const header = new Struct()
        .int(1, lied(kind))
        .int(2, lied(bomb?.size ?? bytes.length))
        .int(3, lied(body.length));
      add(joined(header.struct(field, inner).finish(), body));
    };
    const runs = (value: number, times: number): Uint8Array =>
      Uint8Array.from([...Struct.varint(2 * lied(times)), value]);
    if (draws.chance(0.4)) {
      page(2, plain, new Struct().int(1, lied(values)).int(2, 0), 7);
      const indices = joined(levels, Uint8Array.of(lied(2)), runs(draws.below(4), values));
      page(0, indices, new Struct().int(1, lied(values)).int(2, 8).int(3, 3).int(4, 3), 5);
    } else {
      page(
        0,
        joined(levels, plain),
        new Struct()
          .int(1, lied(values))
          .int(2, draws.chance(0.1) ? draws.of([3, 5, 6, 7, 9]) : lied(0))
          .int(3, 3)
          .int(4, 3),
        5,
      );
    }
    const meta = new Struct()
      .int(1, lied(type))
      .list(2, [0])
      .list(3, name, lied(name.length))
      .int(4, lied(codec))
      .int(5, lied(values), 6)
      .int(6, 1, 6)
      .int(7, lied(offset - begin), 6)
      .int(9, lied(begin), 6);
    if (draws.chance(0.2)) meta.struct(12, new Struct().bytes(5, draws.bytes(4)));
    return new Struct().int(2, 0, 6).struct(3, meta);
  };
  const int32 = (numbers: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(numbers).buffer);
  // of lists of four: where each begins, and that nothing is null
  const repeated = Uint8Array.from(Array.from({ length: 4 * count }, (_, at) => [2, at % 4 === 0 ? 0 : 1]).flat());
  const full = Uint8Array.from([...Struct.varint(2 * 4 * count), 1]);
  const levels = joined(int32([lied(repeated.length)]), repeated, int32([lied(full.length)]), full);
  const image = lists
    ? chunk(["image", "list"], 1, int32(Array.from({ length: 4 * count }, () => draws.below(256))), 4 * count, levels)
    : chunk(
        ["image"],
        6,
        joined(...Array.from({ length: count }, () => joined(int32([lied(5)]), draws.bytes(5)))),
        count,
        new Uint8Array(),
      );
  const label = chunk(
    ["label"],
    1,
    int32(Array.from({ length: count }, () => lied(draws.below(3)))),
    count,
    new Uint8Array(),
  );
  const element = (name: string, fields: Readonly<Record<number, number>>): Struct => {
    const struct = new Struct();
    for (const [id, value] of Object.entries(fields)) if (Number(id) < 4) struct.int(Number(id), lied(value));
    struct.text(4, name);
    if (fields[5] !== undefined) struct.int(5, lied(fields[5]));
    return struct;
  };
  const schema = [
    element("schema", { 5: 2 }),
    ...(lists
      ? [element("image", { 3: 0, 5: 1 }), element("list", { 1: 1, 3: 2 })]
      : [element("image", { 1: 6, 3: 0 })]),
    element("label", { 1: 1, 3: 0 }),
  ];
  const group = new Struct().list(1, [image, label], lied(2)).int(2, 1, 6).int(3, lied(rows), 6);
  const info = '{"info":{"features":{"label":{"names":["a","b","c"],"_type":"ClassLabel"}}}}';
  const footer = new Struct()
    .int(1, 1)
    .list(2, schema, lied(schema.length))
    .int(3, lied(rows), 6)
    .list(4, [group], lied(1))
    .list(5, [new Struct().text(1, "huggingface").text(2, info)])
    .finish();
  return joined(...pieces, footer, int32([lied(footer.length)]), new TextEncoder().encode("PAR1"));
}

export const parquetReader: Reader = {
  files: async () =>
    ["binary", "dictionary", "struct-none", "struct-snappy", "struct-gzip", "struct-brotli", "pages-2", "plain-pages"]
      .concat(zstd === undefined ? [] : ["struct-zstd"])
      .concat(["deltas", "list-deltas", "list", "fixed-list", "array-3d", "planes", "checksums"])
      .map(fixture),
  lie,
  read: async (bytes) => {
    const set = await openParquetImages(bytes, { mostPageBytes });
    try {
      // the first rows and the last: a file may claim to have any number of them
      for (const begin of new Set([0, Math.max(0, set.count - block)])) {
        const end = Math.min(set.count, begin + block);
        const { images, labels } = await set.readRows(begin, end);
        if (images.length !== end - begin || labels.length !== end - begin) {
          throw new Error(`fuzz: accepted ${images.length} images and ${labels.length} labels for ${end - begin} rows`);
        }
        if (set.pixels !== null) for (const image of images) decodeParquetImage(image, set.pixels);
      }
    } finally {
      await set.close();
    }
  },
};
