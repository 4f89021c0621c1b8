import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, crc32 as platformCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../shape/errors.ts";
import type { ArrayMap } from "./array-data.ts";
import { crc32 } from "./crc32.ts";
import { writeNpy } from "./npy.ts";
import { openNpz, readNpz, saveNpz, writeNpz } from "./npz.ts";
import { readNpy } from "./read-npy.ts";

const arrays: ArrayMap = {
  "conv1/W": { shape: [2, 3], dtype: "float32", values: Float32Array.of(1, 2, 3, -4, 5.5, 6) },
  名前: { shape: [3], dtype: "int32", values: Int32Array.of(7, 8, 9) },
  large: { shape: [300, 100], dtype: "float32", values: Float32Array.from({ length: 30_000 }, (_, i) => i % 7) },
};

interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  /** stored unless it is 8 */
  readonly method?: number;
  /** what the headers say instead of the truth */
  readonly claims?: {
    bytes?: number;
    stored?: number;
    crc?: number;
    offset?: number;
    flags?: number;
    localName?: string;
  };
}

/** An archive by other means than ours, so that it may lie; with zip64 all sizes are in extra fields. */
function zipOf(members: readonly Member[], zip64 = false): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const push = (list: Uint8Array[], size: number, fill: (view: DataView) => void, ...rest: Uint8Array[]): number => {
    const head = new Uint8Array(size);
    fill(new DataView(head.buffer));
    list.push(head, ...rest);
    return size + rest.reduce((sum, piece) => sum + piece.length, 0);
  };
  const none = 0xffffffff;
  for (const { name, data, method = 0, claims = {} } of members) {
    const body = method === 8 ? new Uint8Array(deflateRawSync(data)) : data;
    const { bytes = data.length, stored = body.length, crc = crc32(data), flags = 0, localName = name } = claims;
    const extra = new Uint8Array(zip64 ? 28 : 0);
    if (zip64) {
      const view = new DataView(extra.buffer);
      view.setUint16(0, 1, true);
      view.setUint16(2, 24, true);
      for (const [index, value] of [bytes, stored, claims.offset ?? offset].entries()) {
        view.setBigUint64(4 + 8 * index, BigInt(value), true);
      }
    }
    const encodedName = new TextEncoder().encode(name);
    push(
      directory,
      46,
      (view) => {
        view.setUint32(0, 0x02014b50, true);
        view.setUint16(8, flags, true);
        view.setUint16(10, method, true);
        view.setUint32(16, crc, true);
        view.setUint32(20, zip64 ? none : stored, true);
        view.setUint32(24, zip64 ? none : bytes, true);
        view.setUint16(28, encodedName.length, true);
        view.setUint16(30, extra.length, true);
        view.setUint32(42, zip64 ? none : (claims.offset ?? offset), true);
      },
      encodedName,
      extra,
    );
    const encodedLocal = new TextEncoder().encode(localName);
    offset += push(
      pieces,
      30,
      (view) => {
        view.setUint32(0, 0x04034b50, true);
        view.setUint16(8, method, true);
        view.setUint16(26, encodedLocal.length, true);
      },
      encodedLocal,
      body,
    );
  }
  const directoryBytes = directory.reduce((sum, piece) => sum + piece.length, 0);
  if (zip64) {
    const last = offset + directoryBytes;
    push(directory, 56, (view) => {
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(32, BigInt(members.length), true);
      view.setBigUint64(40, BigInt(directoryBytes), true);
      view.setBigUint64(48, BigInt(offset), true);
    });
    push(directory, 20, (view) => {
      view.setUint32(0, 0x07064b50, true);
      view.setBigUint64(8, BigInt(last), true);
    });
  }
  push(directory, 22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, zip64 ? 0xffff : members.length, true);
    view.setUint16(10, zip64 ? 0xffff : members.length, true);
    view.setUint32(12, zip64 ? none : directoryBytes, true);
    view.setUint32(16, zip64 ? none : offset, true);
  });
  return Buffer.concat([...pieces, ...directory]);
}

const npy = writeNpy(arrays["conv1/W"]!);

describe("crc32(bytes)", () => {
  it("is that of the standard, whole and in pieces", () => {
    const digits = new TextEncoder().encode("123456789");
    expect(crc32(digits)).toBe(0xcbf43926);
    for (let cut = 0; cut <= 9; cut++)
      expect(crc32(digits.subarray(cut), crc32(digits.subarray(0, cut)))).toBe(0xcbf43926);
    const noise = Uint8Array.from({ length: 1000 }, (_, index) => (index * index * 31) >> 3);
    if (typeof platformCrc32 === "function") expect(crc32(noise)).toBe(platformCrc32(noise));
  });
});

describe("readNpz(writeNpz(arrays))", () => {
  it.each([false, true])("gives back the arrays, deflated: %s", async (compress) => {
    const file = await writeNpz(arrays, { compress });
    expect(await readNpz(file)).toEqual(arrays);
    expect(file.length < 20_000).toBe(compress);
    // equal arrays, equal bytes: no date in it
    expect(await writeNpz(arrays, { compress })).toEqual(file);
  });

  it("gives back no arrays", async () => {
    expect(await readNpz(await writeNpz({}))).toEqual({});
  });

  it("refuses a name that zip cannot hold", async () => {
    await expect(writeNpz({ ["x".repeat(70_000)]: arrays.名前! })).rejects.toThrow(OptionError);
  });
});

describe("saveNpz(path, arrays)", () => {
  it("writes what writeNpz does", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tatami-npz-"));
    const path = join(folder, "a.npz");
    await saveNpz(path, arrays, { compress: true });
    expect(new Uint8Array(await readFile(path))).toEqual(await writeNpz(arrays, { compress: true }));
    const file = await openNpz(path);
    expect(file.names).toEqual(["conv1/W", "名前", "large"]);
    expect(await file.read("名前")).toEqual(arrays.名前);
    await expect(file.read("conv2/W")).rejects.toThrow(
      `npz: ${path} has no such array, got "conv2/W", expected one of ["conv1/W","名前","large"]`,
    );
    await file.close();
    await rm(folder, { recursive: true });
  });
});

describe("openNpz(input)", () => {
  it.each([false, true])("honours the directory, zip64: %s", async (zip64) => {
    const members = [
      { name: "a.npy", data: npy, method: 8 },
      { name: "b.npy", data: npy },
    ];
    const expected = { a: arrays["conv1/W"], b: arrays["conv1/W"] };
    expect(await readNpz(zipOf(members, zip64))).toEqual(expected);
  });

  it("lists any name, as a text", async () => {
    const names = ["../../etc/passwd", "/absolute.npy", "C:\\x.npy", "a\0b\n.npy", ""];
    const file = await openNpz(zipOf(names.map((name) => ({ name, data: npy }))));
    expect(file.names).toEqual(["../../etc/passwd", "/absolute", "C:\\x", "a\0b\n", ""]);
    expect((await file.read("a\0b\n")).shape).toEqual([2, 3]);
  });

  it("reads a member that is no array only when it is asked to", async () => {
    const file = await openNpz(zipOf([{ name: "notes.txt", data: new TextEncoder().encode("hello") }]));
    await expect(file.read("notes.txt")).rejects.toThrow(
      'npy: the data, member "notes.txt", is no NPY file at offset 0, got 68 65 6c 6c 6f, expected 93 4e 55',
    );
  });

  it("reads a comment's archive, and none before other bytes", async () => {
    const zip = zipOf([{ name: "a.npy", data: npy }]);
    const commented = Buffer.concat([zip, new TextEncoder().encode("PK\x05\x06 hello")]);
    commented.writeUInt16LE(10, zip.length - 2);
    expect((await openNpz(commented)).names).toEqual(["a"]);
    await expect(openNpz(Buffer.concat([zip, zip.subarray(0, 1)]))).rejects.toThrow(
      "is no zip archive or ends too soon",
    );
    await expect(openNpz(Buffer.concat([zip.subarray(0, 1), zip]))).rejects.toThrow(
      "does not end where its end record begins",
    );
  });

  it.each<[string, readonly Member[], string]>([
    [
      "a member twice",
      [
        { name: "a.npy", data: npy },
        { name: "a.npy", data: npy },
      ],
      "has a member twice at offset",
    ],
    [
      "an array twice",
      [
        { name: "a.npy", data: npy },
        { name: "a", data: npy },
      ],
      'has an array twice, got "a" with and without .npy',
    ],
    ["encryption", [{ name: "a.npy", data: npy, claims: { flags: 1 } }], 'has an encrypted member "a.npy"'],
    [
      "other methods",
      [{ name: "a.npy", data: npy, method: 12 }],
      "compressed by other means at offset 197, got method 12, expected 0 or 8",
    ],
    [
      "a stored member of two sizes",
      [{ name: "a.npy", data: npy, claims: { bytes: 9 } }],
      "of a size its data cannot fill",
    ],
    [
      "a deflated one that is too good",
      [{ name: "a.npy", data: npy, method: 8, claims: { bytes: 4e9 } }],
      "of a size its data cannot fill",
    ],
    [
      "members that share bytes",
      [
        { name: "a.npy", data: npy },
        { name: "b.npy", data: npy, claims: { offset: 0 } },
      ],
      "reaching into what follows it",
    ],
    [
      "a member in the directory",
      [{ name: "a.npy", data: npy, claims: { stored: 999, bytes: 999 } }],
      "reaching into what follows it",
    ],
  ])("refuses %s", async (_what, members, message) => {
    for (const zip64 of [false, true]) {
      const opening = openNpz(zipOf(members, zip64));
      await expect(opening).rejects.toThrow(DataError);
      await expect(opening).rejects.toThrow(zip64 ? message.replace(/ at offset \d+/, "").split(",")[0]! : message);
    }
  });
});

describe("NpzFile.read(name)", () => {
  it.each<[string, Member, string]>([
    [
      "another checksum",
      { name: "a.npy", data: npy, claims: { crc: 1 } },
      'has a damaged member "a.npy" at offset 35, got checksum 0x',
    ],
    [
      "damaged deflate",
      { name: "a.npy", data: npy, method: 8, claims: { crc: 1 } },
      'has a damaged member "a.npy" at offset 35, got "incorrect data check"',
    ],
    [
      "more bytes than the directory says",
      { name: "a.npy", data: npy, method: 8, claims: { bytes: 140 } },
      '"incorrect length check", expected deflated data',
    ],
    [
      "fewer bytes than the directory says",
      { name: "a.npy", data: npy, method: 8, claims: { bytes: 160 } },
      "damaged member",
    ],
    [
      "another local header",
      { name: "a.npy", data: npy, claims: { localName: "b.npy" } },
      "got another local header, expected the one of the directory",
    ],
  ])("refuses %s", async (_what, member, message) => {
    const file = await openNpz(zipOf([member]));
    const reading = file.read("a");
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });

  it("does not inflate a bomb beyond its NPY header", async () => {
    const bomb = new Uint8Array(60_000_000);
    bomb.set(npy);
    const file = await openNpz(zipOf([{ name: "a.npy", data: bomb, method: 8 }]));
    const before = process.memoryUsage().arrayBuffers;
    await expect(file.read("a")).rejects.toThrow(
      "has trailing bytes, after its last element, at offset 152, got 60000000 bytes",
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it("leaves a Buffer as it is, whatever order its elements have", async () => {
    const big = Buffer.from(npy);
    big.write(">", big.indexOf("<f4"));
    const before = Buffer.from(big.subarray(0));
    expect((await readNpy(big)).values[1]).not.toBe(2);
    expect(Buffer.compare(big, before)).toBe(0);
  });

  it("reads what 1000 bytes of zeros became, exactly", async () => {
    const zeros = { shape: [1_000_000], dtype: "float32", values: new Float32Array(1_000_000) } as const;
    expect((await readNpz(await writeNpz({ zeros }, { compress: true }))).zeros!.values.length).toBe(1_000_000);
  });
});
