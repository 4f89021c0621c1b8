// The readers that are fuzzed: for each some whole small files, and files that lie in its own format's ways.
import { createHash } from "node:crypto";
import { deflateRawSync, gzipSync } from "node:zlib";
import { decodeRecord, encodeRecord } from "../packages/tatami/src/checkpoint/record.ts";
import { sequential } from "../packages/tatami/src/data/sampler.ts";
import type { ArrayData, ArrayMap } from "../packages/tatami/src/formats/array-data.ts";
import { crc32 } from "../packages/tatami/src/formats/crc32.ts";
import {
  readIdx,
  readNpy,
  readNpz,
  readSafetensors,
  writeIdx,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../packages/tatami/src/formats/index.ts";
import { ProtobufWriter } from "../packages/tatami/src/formats/protobuf-writer.ts";
import { load, writeModel } from "../packages/tatami/src/model-file/index.ts";
import * as nn from "../packages/tatami/src/nn/index.ts";
import { readOnnx, writeOnnx } from "../packages/tatami/src/onnx/index.ts";
import { ReduceLROnPlateau, SGD } from "../packages/tatami/src/optim/index.ts";
import { EarlyStopping } from "../packages/tatami/src/train/early-stopping.ts";
import { type RunParts, restore, snapshot } from "../packages/tatami/src/train/run-state.ts";
import { damageText, joined } from "./damage.ts";
import type { Draws } from "./draws.ts";
import { cifarReader, jpegReader, pngReader } from "./image-readers.ts";
import { networkReader } from "./network-reader.ts";
import { parquetReader } from "./parquet-reader.ts";
import type { Reader } from "./reader.ts";
import { tfjsReader } from "./tfjs-reader.ts";

const arrays: ArrayMap = {
  a: { shape: [2, 3], dtype: "float32", values: Float32Array.of(1, 2, 3, 4, 5, 6) },
  b: { shape: [3], dtype: "int32", values: Int32Array.of(7, 8, 9) },
  c: { shape: [], dtype: "float32", values: Float32Array.of(10) },
};

function check({ shape, dtype, values }: ArrayData): void {
  const elements = shape.reduce((product, length) => product * length, 1);
  if (elements !== values.length || (dtype === "float32") !== values instanceof Float32Array) {
    throw new Error(`fuzz: accepted ${dtype} [${shape.join(", ")}] with ${values.length} values`);
  }
}

/** The header as text and the bytes behind it. */
function splitSafetensors(file: Uint8Array): [string, Uint8Array] {
  const end = 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return [new TextDecoder().decode(file.subarray(8, end)), file.subarray(end)];
}

function joinSafetensors(header: string, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(header);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setUint32(0, json.length, true);
  return joined(prefix, json, data);
}

function lieOfSafetensors(draws: Draws, files: readonly Uint8Array[]): Uint8Array {
  const [header, data] = splitSafetensors(draws.of(files));
  if (draws.chance(0.5)) return joinSafetensors(damageText(header, draws), data);
  const dtypes = ["BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "BF16", "F32", "F64", "F4", 3];
  let end = 0;
  const tensors = Array.from({ length: draws.below(5) }, (_, index) => {
    const shape = Array.from({ length: draws.below(4) }, () => (draws.chance(0.8) ? draws.below(4) : draws.number()));
    const begin = draws.chance(0.9) ? end : draws.number();
    const bytes = shape.reduce((product, length) => product * length, draws.of([1, 2, 4, 8]));
    end = draws.chance(0.9) ? begin + bytes : draws.number();
    return [`t${index}`, { dtype: draws.of(dtypes), shape, data_offsets: [begin, end] }];
  });
  const length = Number.isInteger(end) && end >= 0 && end < 4096 ? end : draws.below(64);
  return joinSafetensors(JSON.stringify(Object.fromEntries(tensors)), draws.bytes(length));
}

function npyOf(dictionary: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(dictionary);
  const head = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, text.length & 255, text.length >> 8);
  return joined(head, version === 1 ? new Uint8Array(0) : new Uint8Array(2), text, data);
}

function lieOfNpy(draws: Draws): Uint8Array {
  const descr = draws.of(["<f4", ">f4", "<f2", ">f8", "|u1", "|i1", "<i8", ">u8", "|b1", "<u4", "<U4", "|O", "<c8"]);
  const shape = Array.from({ length: draws.below(5) }, () => (draws.chance(0.8) ? draws.below(4) : draws.number()));
  const text = `{'descr': '${descr}', 'fortran_order': ${draws.of(["True", "False"])}, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const bytes = shape.reduce((product, length) => product * length, Number(descr[2]) || 1);
  const honest = Number.isInteger(bytes) && bytes >= 0 && bytes < 4096 && draws.chance(0.8);
  const data = draws.bytes(honest ? bytes : draws.below(64));
  return npyOf(draws.chance(0.4) ? damageText(text, draws) : text, data, 1 + draws.below(3));
}

/** What inflates up to a thousandfold: behind an array that ends early, and as an array of zeros. */
const bombs = [1e3, 1e5, 4e6, null].map((zeros) => {
  const array = { shape: [100_000], dtype: "float32", values: new Float32Array(100_000) } as const;
  const bytes = zeros === null ? writeNpy(array) : joined(writeNpy(arrays.a!), new Uint8Array(zeros));
  return { bytes: bytes.length, crc: crc32(bytes), body: new Uint8Array(deflateRawSync(bytes)) };
});

/** An archive of one member whose sizes, checksum and offsets may lie, and which may inflate a thousandfold. */
function lieOfNpz(draws: Draws): Uint8Array {
  const method = draws.chance(0.7) ? 8 : 0;
  const plain = lieOfNpy(draws);
  const member = draws.chance(0.2)
    ? draws.of(bombs)
    : { bytes: plain.length, crc: crc32(plain), body: method === 8 ? new Uint8Array(deflateRawSync(plain)) : plain };
  const { body } = member;
  const lie = (truth: number): number => (draws.chance(0.1) ? Math.floor(Math.abs(draws.number())) : truth);
  const copies = draws.chance(0.3) ? 1 + draws.below(20) : 1;
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(8, lie(method), true);
  local.setUint16(26, lie(5), true);
  local.setUint16(28, lie(0), true);
  const name = new TextEncoder().encode("a.npy");
  const entries = Array.from({ length: copies }, (_, index) => {
    const zip64 = draws.chance(0.2);
    const entry = new DataView(new ArrayBuffer(46 + 5 + (zip64 ? 28 : 0)));
    const sizes = [lie(member.bytes), lie(body.length), lie(0)];
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(8, lie(0), true);
    entry.setUint16(10, lie(method), true);
    entry.setUint32(16, lie(member.crc), true);
    entry.setUint32(20, zip64 ? 2 ** 32 - 1 : sizes[1]!, true);
    entry.setUint32(24, zip64 ? 2 ** 32 - 1 : sizes[0]!, true);
    entry.setUint16(28, lie(5), true);
    entry.setUint16(30, lie(zip64 ? 28 : 0), true);
    entry.setUint32(42, zip64 ? 2 ** 32 - 1 : sizes[2]!, true);
    const bytes = new Uint8Array(entry.buffer);
    // names apart, the same bytes
    bytes.set([...name.subarray(0, 4), 0x61 + (index % 26)], 46);
    if (copies === 1) bytes.set(name, 46);
    if (zip64) {
      entry.setUint16(51, 1, true);
      entry.setUint16(53, lie(24), true);
      for (const [field, size] of sizes.entries()) entry.setBigUint64(55 + 8 * field, BigInt(size) % 2n ** 64n, true);
    }
    return bytes;
  });
  const directory = joined(...entries);
  const offset = 30 + name.length + body.length;
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, lie(copies), true);
  end.setUint16(10, lie(copies), true);
  end.setUint32(12, lie(directory.length), true);
  end.setUint32(16, lie(offset), true);
  return joined(new Uint8Array(local.buffer), name, body, directory, new Uint8Array(end.buffer));
}

function lieOfIdx(draws: Draws): Uint8Array {
  const rank = draws.below(5);
  const head = new DataView(new ArrayBuffer(4 + 4 * rank));
  head.setUint8(2, draws.of([8, 9, 11, 12, 13, 14, 10]));
  head.setUint8(3, draws.chance(0.9) ? rank : draws.below(256));
  for (let axis = 0; axis < rank; axis++) {
    head.setUint32(4 + 4 * axis, draws.chance(0.8) ? 1 + draws.below(3) : Math.abs(draws.number()));
  }
  const data = draws.chance(0.1) ? new Uint8Array(draws.of([1e4, 1e6])) : draws.bytes(draws.below(64));
  const file = joined(new Uint8Array(head.buffer), data);
  return draws.chance(0.5) ? new Uint8Array(gzipSync(file)) : file;
}

/** A model of constants whose types, shapes and values need not go together, and of fields that are not there. */
function lieOfOnnx(draws: Draws): Uint8Array {
  const size = (): number => (draws.chance(0.8) ? draws.below(4) : Math.floor(Math.min(draws.number(), 2 ** 53 - 1)));
  const graph = new ProtobufWriter().text(2, "lies");
  for (let count = 1 + draws.below(3); count > 0; count--) {
    const constant = new ProtobufWriter().int(2, draws.below(18)).text(8, "w");
    for (let axes = draws.below(4); axes > 0; axes--) constant.int(1, Math.abs(size()));
    const values = draws.bytes(draws.chance(0.5) ? 4 * draws.below(9) : draws.below(40));
    if (draws.chance(0.9)) constant.bytes(draws.chance(0.6) ? 9 : draws.of([4, 5, 7, 10, 11]), values);
    if (draws.chance(0.1)) constant.int(14, draws.below(3));
    if (draws.chance(0.2)) constant.bytes(draws.of([1, 2, 8, 100]), draws.bytes(draws.below(12)));
    graph.message(5, constant);
  }
  if (draws.chance(0.3)) graph.bytes(draws.of([1, 2, 5, 11, 12]), draws.bytes(draws.below(20)));
  const file = new ProtobufWriter().int(1, 8);
  for (let count = draws.chance(0.9) ? 1 : draws.below(3); count > 0; count--) file.message(7, graph);
  return file.finish();
}

const model = (): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(1, 2, 2, { stride: [2, 1], padding: [1, 0] }),
    new nn.BatchNorm2d(2),
    new nn.ReLU(),
    new nn.MaxPool2d(2, { stride: 1 }),
    new nn.Dropout(0.1),
    new nn.Sequential(new nn.Flatten(), new nn.Linear(4, 2, { weightInit: { normal: 0.1 } })),
  );

const hash = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** A run with all that a checkpoint can hold. */
function run(): RunParts {
  const trained = model().initialize(1);
  const entry = {
    iteration: 2,
    loss: 0.5,
    learningRates: [0.1],
    training: null,
    validation: { loss: 1, accuracy: 0.5 },
  };
  return {
    model: trained,
    optimizer: new SGD(trained.parameters(), { lr: 0.1, momentum: 0.9 }),
    sampler: sequential(10, { batchSize: 3 }),
    scheduler: new ReduceLROnPlateau(),
    average: null,
    earlyStopping: new EarlyStopping({ patience: 3 }),
    notes: { net: "mlp" },
    preprocessing: {},
    progress: { iteration: 2, loss: 0.5, history: [entry] },
    bases: [0.1],
  };
}

const wholeCheckpoint = await snapshot(run(), { seed: 1 }, 0.5);

export type { Reader } from "./reader.ts";

export const readers = {
  png: pngReader,
  jpeg: jpegReader,
  cifar: cifarReader,
  parquet: parquetReader,
  tfjs: tfjsReader,
  checkpoint: {
    files: async () => [new TextEncoder().encode(encodeRecord({ ...wholeCheckpoint, files: {} }, hash))],
    lie: (draws, files) => {
      const { sha256: _sha256, ...content } = JSON.parse(new TextDecoder().decode(draws.of(files)));
      const text = damageText(JSON.stringify(content), draws);
      try {
        // what it says is nonsense, but its hash is right
        const again = JSON.parse(text);
        return new TextEncoder().encode(JSON.stringify({ ...again, sha256: hash(JSON.stringify(again)) }));
      } catch {
        return new TextEncoder().encode(text);
      }
    },
    read: async (bytes) => {
      const record = decodeRecord(new TextDecoder().decode(bytes), "the data", hash);
      const files = new Map(Object.entries(wholeCheckpoint.files));
      const parts = run();
      await restore(parts, { ...record, files, path: "the data" });
      if (!Number.isSafeInteger(parts.sampler.position)) throw new Error("fuzz: accepted a position between batches");
    },
  },
  safetensors: {
    files: async () => [
      writeSafetensors(arrays),
      writeSafetensors(arrays, { floats: "F16", metadata: { title: "名前" } }),
      writeSafetensors({}),
    ],
    lie: lieOfSafetensors,
    read: async (bytes) => {
      for (const array of Object.values((await readSafetensors(bytes)).tensors)) check(array);
    },
  },
  npy: {
    files: async () => Object.values(arrays).map(writeNpy),
    lie: lieOfNpy,
    read: async (bytes) => check(await readNpy(bytes)),
  },
  npz: {
    files: async () => [await writeNpz({ a: arrays.a! }, { compress: true }), await writeNpz(arrays)],
    lie: lieOfNpz,
    read: async (bytes) => {
      for (const array of Object.values(await readNpz(bytes))) check(array);
    },
  },
  idx: {
    files: async () => {
      const plain = writeIdx(
        Uint8Array.from({ length: 24 }, (_, index) => 7 * index),
        [4, 2, 3],
      );
      return [plain, new Uint8Array(gzipSync(plain)), writeIdx(Float32Array.of(1, 2), [2])];
    },
    lie: lieOfIdx,
    read: async (bytes) => {
      const { shape, values } = await readIdx(bytes);
      const elements = shape.reduce((product, length) => product * length, 1);
      if (elements !== values.length) throw new Error(`fuzz: accepted ${values.length} values for ${elements}`);
    },
  },
  onnx: {
    files: async () => [
      await writeOnnx(new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU()).initialize(1), { inputShape: [2] }),
      await writeOnnx(model().initialize(1), { inputShape: [1, 3, 4], metadata: { title: "名前" } }),
    ],
    lie: lieOfOnnx,
    read: async (bytes) => {
      for (const { read } of (await readOnnx(bytes)).constants) check(read());
    },
  },
  network: networkReader,
  model: {
    files: async () => [await writeModel(model().initialize(1), { inputShape: [1, 3, 3], classNames: ["a", "b"] })],
    lie: (draws, files) => {
      const [header, data] = splitSafetensors(draws.of(files));
      const { __metadata__: metadata, ...tensors } = JSON.parse(header) as Record<string, Record<string, string>>;
      const lies = { ...metadata, tatami: damageText(metadata!.tatami!, draws) };
      return joinSafetensors(JSON.stringify({ ...tensors, __metadata__: lies }), data);
    },
    read: async (bytes) => {
      const { model: loaded } = await load(bytes);
      for (const array of Object.values(await loaded.stateDict())) check(array);
    },
  },
} as const satisfies Readonly<Record<string, Reader>>;

export type ReaderName = keyof typeof readers;
