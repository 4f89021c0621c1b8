import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError, OptionError, ShapeError } from "../shape/errors.ts";
import type { ArrayMap } from "./array-data.ts";
import { openSafetensors, readSafetensors } from "./read-safetensors.ts";
import { saveSafetensors, writeSafetensors } from "./write-safetensors.ts";

const tensors: ArrayMap = {
  "0.weight": { shape: [2, 3], dtype: "float32", values: Float32Array.of(1, -0, 3.5, 1e-30, -5, 60000) },
  steps: { shape: [], dtype: "int32", values: Int32Array.of(-7) },
  "": { shape: [0, 4], dtype: "float32", values: new Float32Array(0) },
};

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tatami-safetensors-"));
});
afterAll(() => rm(root, { recursive: true }));

/** A file of this header and so many bytes of tensors. */
function fileOf(header: unknown, dataBytes = 0, text = JSON.stringify(header)): Uint8Array {
  const json = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 8);
  return file;
}

const tensor = (dtype: unknown, shape: unknown, range: unknown) => ({ dtype, shape, data_offsets: range });

describe("readSafetensors(writeSafetensors(tensors))", () => {
  it("gives back tensors and metadata", async () => {
    const file = writeSafetensors(tensors, { metadata: { title: "a network", 名前: '"\\{}' } });
    const found = await readSafetensors(file);
    expect(found).toEqual({ tensors, metadata: { title: "a network", 名前: '"\\{}' } });
    expect(Object.is(found.tensors["0.weight"]!.values[1], -0)).toBe(true);
  });

  it("reads an ArrayBuffer, a Blob and bytes at an odd place alike", async () => {
    const file = writeSafetensors(tensors);
    const odd = new Uint8Array(file.length + 1);
    odd.set(file, 1);
    for (const input of [file.buffer, new Blob([file]), odd.subarray(1)]) {
      expect(await readSafetensors(input)).toEqual({ tensors, metadata: {} });
    }
  });

  it("writes nothing but an empty header for no tensors", async () => {
    expect(await readSafetensors(writeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it("keeps names that JavaScript's objects treat apart", async () => {
    const special = Object.fromEntries(["__proto__", "constructor", "7"].map((name) => [name, tensors.steps!]));
    const found = await readSafetensors(writeSafetensors(special));
    expect(Object.keys(found.tensors).sort()).toEqual(["7", "__proto__", "constructor"]);
  });
});

describe("writeSafetensors(tensors, {floats})", () => {
  it("rounds float32 to F16 and BF16, and leaves int32 alone", async () => {
    for (const [floats, expected] of [
      ["F16", 60000],
      ["BF16", 59904],
    ] as const) {
      const bytes = writeSafetensors(tensors, { floats });
      const file = await openSafetensors(bytes);
      expect(file.entries.map(({ name, dtype }) => [name, dtype])).toEqual([
        ["steps", "I32"],
        ["0.weight", floats],
        ["", floats],
      ]);
      const { values } = await file.read("0.weight");
      expect([...values]).toEqual([1, -0, 3.5, floats === "F16" ? 0 : expect.closeTo(1e-30, 32), -5, expected]);
      expect((await file.read("steps")).values).toEqual(Int32Array.of(-7));
    }
  });

  it("refuses a value beyond F16, naming it", () => {
    const large: ArrayMap = { w: { shape: [2], dtype: "float32", values: Float32Array.of(1, 70000) } };
    expect(() => writeSafetensors(large, { floats: "F16" })).toThrow(
      'writeSafetensors: element 1 of "w" does not fit F16, got 70000, expected a smaller magnitude, or floats "F32"',
    );
  });

  it("refuses shapes, options and names that cannot be", () => {
    const w = { shape: [3], dtype: "float32", values: new Float32Array(2) } as const;
    expect(() => writeSafetensors({ w })).toThrow(
      'writeSafetensors: "w" does not fit its values, got float32 [3] for 2 float32 values, expected as many of that dtype',
    );
    expect(() => writeSafetensors({ w: { ...w, shape: [2], dtype: "int32" } })).toThrow(ShapeError);
    expect(() => writeSafetensors({ __metadata__: tensors.steps! })).toThrow(OptionError);
    expect(() => writeSafetensors({}, { floats: "F8" as "F16" })).toThrow(OptionError);
    expect(() => writeSafetensors({}, { metadata: { count: 1 as unknown as string } })).toThrow(OptionError);
  });
});

describe("saveSafetensors(path, tensors)", () => {
  it("takes the place of a link and leaves alone what that leads to", async () => {
    const [outside, path] = [join(root, "outside.txt"), join(root, "link.safetensors")];
    await writeFile(outside, "mine");
    await symlink(outside, path);
    await saveSafetensors(path, tensors);
    expect(await readFile(outside, "utf8")).toBe("mine");
    expect(await readFile(path)).toEqual(Buffer.from(writeSafetensors(tensors)));
    await rm(path);
    await rm(outside);
  });

  it("writes what writeSafetensors does, and leaves nothing beside it", async () => {
    const folder = await mkdtemp(join(root, "save-"));
    const path = join(folder, "w.safetensors");
    await saveSafetensors(path, tensors);
    await saveSafetensors(path, tensors, { metadata: { run: "2" } });
    expect(new Uint8Array(await readFile(path))).toEqual(writeSafetensors(tensors, { metadata: { run: "2" } }));
    expect(await readdir(folder)).toEqual(["w.safetensors"]);
  });

  it("leaves the earlier file as it was when it fails half way", async () => {
    const folder = await mkdtemp(join(root, "fail-"));
    const path = join(folder, "w.safetensors");
    await saveSafetensors(path, tensors);
    const before = await readFile(path);
    const broken: ArrayMap = {
      ...tensors,
      "9": { shape: [1], dtype: "float32", values: Float32Array.of(1e20) },
    };
    await expect(saveSafetensors(path, broken, { floats: "F16" })).rejects.toThrow(DataError);
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(["w.safetensors"]);
  });

  it("says which file cannot be written", async () => {
    const path = join(root, "missing", "w.safetensors");
    await expect(saveSafetensors(path, tensors)).rejects.toThrow(`file: ${path} cannot be written`);
  });
});

describe("openSafetensors(input)", () => {
  it("reads the header, and of the tensors only those asked for", async () => {
    const values = new Float32Array(100_000);
    const bytes = writeSafetensors({ a: { shape: [100_000], dtype: "float32", values }, b: tensors.steps! });
    const blob = new Blob([bytes]);
    let read = 0;
    const slice = blob.slice.bind(blob);
    blob.slice = (begin, end) => {
      read += end! - begin!;
      return slice(begin, end);
    };
    const file = await openSafetensors(blob);
    expect((await file.read("b")).values).toEqual(Int32Array.of(-7));
    expect(read).toBeLessThan(300);
  });

  it("reads a file, by path and URL, and names it in errors", async () => {
    const path = join(root, "named.safetensors");
    await writeFile(path, writeSafetensors(tensors));
    for (const input of [path, new URL(`file://${path}`)]) {
      const file = await openSafetensors(input);
      expect(await file.read("0.weight")).toEqual(tensors["0.weight"]);
      await expect(file.read("1.weight")).rejects.toThrow(
        `safetensors: ${String(input)} has no such tensor, got "1.weight", expected one of ["0.weight","steps",""]`,
      );
      await file.close();
    }
    await writeFile(path, "");
    await expect(openSafetensors(path)).rejects.toThrow(
      `safetensors: ${path} ends in the header's length at offset 0, got 0 bytes, expected 8 and a header`,
    );
    await expect(openSafetensors(root)).rejects.toThrow(`file: ${root} cannot be read, got "a folder`);
  });

  it.each<[string, Uint8Array, string]>([
    [
      "a header longer than 100 MB",
      Uint8Array.of(1, 0, 0, 6, 1, 0, 0, 0),
      "too long a header, or is no safetensors file, at offset 0",
    ],
    [
      "a header longer than the file",
      Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1),
      "is truncated in its header at offset 9, got 9 bytes, expected at least 17",
    ],
    [
      "no JSON object",
      fileOf([1]),
      'has no header at offset 8, got byte 0x5b, expected a JSON object, beginning with "{"',
    ],
    ["blanks before the object", fileOf(0, 0, " {}"), "has no header at offset 8"],
    ["damaged JSON", fileOf(0, 0, '{"a":'), "has a damaged header at offset 8"],
    ["invalid UTF-8", fileOf({}).map((byte, index) => (index === 9 ? 0xff : byte)), "has a damaged header at offset 8"],
    [
      "a key twice",
      fileOf(0, 0, '{"a":1,"\\u0061":2}'),
      'has a key twice at offset 15, got "a", expected each key once',
    ],
    [
      "a key of a tensor twice",
      fileOf(0, 0, '{"a":{"dtype":1,"dtype":2}}'),
      'has a key twice at offset 24, got "dtype"',
    ],
    [
      "metadata that is no text",
      fileOf({ __metadata__: { a: 1 } }),
      "has metadata that is no text by name at offset 9",
    ],
    ["a tensor that is no object", fileOf({ w: 3 }), 'says nothing of tensor "w" at offset 9, got 3'],
    [
      "an unknown dtype",
      fileOf({ w: tensor("F4", [], [0, 1]) }),
      'has tensor "w" of an unknown dtype at offset 9, got "F4", expected one of BOOL',
    ],
    ["a dtype of every object", fileOf({ w: tensor("toString", [], [0, 1]) }), "unknown dtype"],
    [
      "a negative size",
      fileOf({ w: tensor("U8", [-1], [0, 1]) }),
      'has tensor "w" of an impossible shape at offset 9, got [-1]',
    ],
    ["a broken size", fileOf({ w: tensor("U8", [1.5], [0, 1]) }), "an impossible shape"],
    ["a shape that is none", fileOf({ w: tensor("U8", 4, [0, 4]) }), "an impossible shape"],
    ["sizes that overflow", fileOf({ w: tensor("F64", [2 ** 30, 2 ** 30], [0, 8]) }), "an impossible shape"],
    [
      "sizes that overflow before a zero",
      fileOf({ w: tensor("F64", [2 ** 40, 2 ** 40, 0], [0, 0]) }),
      "an impossible shape",
    ],
    [
      "offsets that are none",
      fileOf({ w: tensor("U8", [], [0]) }),
      'has tensor "w" at impossible offsets at offset 9, got [0]',
    ],
    ["crossed offsets", fileOf({ w: tensor("U8", [], [1, 0]) }, 1), "impossible offsets"],
    [
      "offsets of another size",
      fileOf({ w: tensor("F32", [2], [0, 4]) }, 4),
      "of another size than its shape at offset 9, got 4 bytes, expected 8 for F32 [2]",
    ],
    ["a gap", fileOf({ w: tensor("U8", [1], [1, 2]) }, 2), 'has tensors that leave a gap, "w", at offset 9'],
    [
      "an overlap",
      fileOf({ v: tensor("U8", [2], [0, 2]), w: tensor("U8", [2], [1, 3]) }, 3),
      'has tensors that overlap, "w",',
    ],
    ["truncation", fileOf({ w: tensor("U8", [3], [0, 3]) }, 2), "is truncated at offset 63, got 63 bytes, expected 64"],
    [
      "trailing bytes",
      fileOf({ w: tensor("U8", [3], [0, 3]) }, 4),
      "has trailing bytes at offset 64, got 65 bytes, expected 64",
    ],
  ])("refuses %s", async (_what, file, message) => {
    const refusal = await openSafetensors(file, { source: "weights" }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(DataError);
    expect((refusal as DataError).source).toBe("weights");
    expect((refusal as DataError).message).toContain(`safetensors: weights`);
    expect((refusal as DataError).message).toContain(message);
  });

  it("refuses every truncation of a file, and what is nested too deeply to print", async () => {
    const file = writeSafetensors(tensors);
    for (let length = 0; length < file.length; length++) {
      await expect(openSafetensors(file.subarray(0, length)), `length ${length}`).rejects.toThrow(DataError);
    }
    const deep = fileOf(0, 0, `{"a":{"dtype":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`);
    await expect(openSafetensors(deep)).rejects.toThrow("got something deeply nested");
  });
});

describe("SafetensorsFile.read(name)", () => {
  it.each<[string, string, (view: DataView) => void, number, string]>([
    [
      "I64",
      "int32",
      (view) => view.setBigInt64(8, 2n ** 31n, true),
      8,
      "got 2147483648, expected an integer from -2147483648 to 2147483647",
    ],
    ["I64", "int32", (view) => view.setBigInt64(8, -(2n ** 31n) - 1n, true), 8, "got -2147483649"],
    ["U64", "int32", (view) => view.setBigUint64(8, 2n ** 64n - 1n, true), 8, "got 18446744073709551615"],
    [
      "U32",
      "int32",
      (view) => view.setUint32(4, 2 ** 31, true),
      4,
      "got 2147483648, expected an integer of at most 2147483647",
    ],
    [
      "F64",
      "float32",
      (view) => view.setFloat64(8, -1e39, true),
      8,
      "got -1e+39, expected a number within the range of float32",
    ],
    ["BOOL", "float32", (view) => view.setUint8(1, 2), 1, "got 2, expected a boolean byte, 0 or 1"],
  ])("refuses a value of %s that does not fit %s", async (dtype, ours, spoil, at, message) => {
    const bytes = 2 * at;
    const file = fileOf({ w: tensor(dtype, [2], [0, bytes]) }, bytes);
    const offset = file.length - bytes;
    const opened = await openSafetensors(file);
    expect([...(await opened.read("w")).values]).toEqual([0, 0]);
    spoil(new DataView(file.buffer, offset));
    await expect(opened.read("w")).rejects.toThrow(
      `has a value that does not fit ${ours}, element 1 of tensor "w", at offset ${offset + at}, ${message}`,
    );
  });
});
