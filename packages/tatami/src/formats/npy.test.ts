import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, ShapeError } from "../shape/errors.ts";
import type { ArrayData } from "./array-data.ts";
import { writeNpy } from "./npy.ts";
import { readNpy, saveNpy } from "./read-npy.ts";

const array: ArrayData = { shape: [2, 3], dtype: "float32", values: Float32Array.of(0, -1, 2, 3.5, 4, 5) };

/** A file of this dictionary, not padded, and so many zeros. */
function fileOf(dictionary: string, dataBytes = 0, version = 1): Uint8Array {
  const text = new TextEncoder().encode(dictionary);
  const begin = version === 1 ? 10 : 12;
  const file = new Uint8Array(begin + text.length + dataBytes);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0, text.length & 255, text.length >> 8]);
  file.set(text, begin);
  return file;
}

const dictionary = (descr: string, shape: string, order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`;

describe("writeNpy(array)", () => {
  it("writes version 1.0 with the elements at a multiple of 64", () => {
    const file = writeNpy(array);
    expect(new TextDecoder("latin1").decode(file.subarray(0, 128))).toBe(
      `\x93NUMPY\x01\0\x76\0${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117)}\n`,
    );
    expect(file.length).toBe(128 + 24);
  });

  it.each<ArrayData>([
    array,
    { shape: [], dtype: "int32", values: Int32Array.of(-5) },
    { shape: [3], dtype: "int32", values: Int32Array.of(1, 2, 2 ** 31 - 1) },
    { shape: [0, 2], dtype: "float32", values: new Float32Array(0) },
  ])("writes $dtype $shape, which readNpy gives back", async (one) => {
    expect(await readNpy(writeNpy(one))).toEqual(one);
    // elements that are not aligned
    const odd = new Uint8Array(writeNpy(one).length + 1);
    odd.set(writeNpy(one), 1);
    expect(await readNpy(odd.subarray(1))).toEqual(one);
  });

  it("refuses a shape that does not fit", () => {
    expect(() => writeNpy({ ...array, shape: [7] })).toThrow(ShapeError);
  });
});

describe("saveNpy(path, array)", () => {
  it("writes the file that readNpy reads", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tatami-npy-"));
    const path = join(folder, "a.npy");
    await saveNpy(path, array);
    expect(new Uint8Array(await readFile(path))).toEqual(writeNpy(array));
    expect(await readNpy(path)).toEqual(array);
    await rm(folder, { recursive: true });
  });
});

describe("readNpy(input)", () => {
  it("reads the spellings of Python's literals", async () => {
    const file = fileOf(`{ "shape":(2L , 1),"descr" : '|u1',\t'fortran_order':True , } \n`, 2);
    expect(await readNpy(file)).toEqual({ shape: [2, 1], dtype: "int32", values: new Int32Array(2) });
    expect((await readNpy(fileOf(dictionary("'<f4'", "()"), 4, 3))).shape).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ["other files", Uint8Array.of(0x50, 0x4b, 3, 4), "is no NPY file at offset 0, got 50 4b 03 04, expected 93 4e"],
    ["no file", new Uint8Array(), "is no NPY file at offset 0, got no bytes"],
    ["an unknown version", fileOf("{}", 0, 4), "has an unknown version at offset 6, got 4.0, expected 1.0, 2.0 or 3.0"],
    ["a version alone", fileOf("{}").subarray(0, 7), "has an unknown version at offset 6, got 1.nothing"],
    ["a short header", fileOf("{}").subarray(0, 11), "ends in its header at offset 11, got 11 bytes, expected 12"],
    [
      "a header of 4 GiB",
      Uint8Array.of(0x93, 78, 85, 77, 80, 89, 2, 0, 255, 255, 255, 255),
      "has too long a header at offset 8",
    ],
    ["no dictionary", fileOf("[1]"), 'has a damaged header at offset 10, got "[1]", expected "{"'],
    ["a missing key", fileOf("{'descr': '<f4'}"), "got its end, expected the keys descr, fortran_order and shape"],
    ["an unknown key", fileOf("{'x': 1}"), `at offset 11, got "'x': 1}", expected the keys`],
    ["a key twice", fileOf("{'descr': '<f4', 'descr': '<f4'}"), "each once"],
    ["a call", fileOf(dictionary("'<f4'", "tuple()")), 'got "tuple()}", expected a tuple of sizes'],
    ["more after it", fileOf(`${dictionary("'<f4'", "()")} x`), 'got "x", expected nothing but blanks'],
    ["a number for a tuple", fileOf(dictionary("'|u1'", "(3)"), 3), 'got ")}", expected ","'],
    ["a negative size", fileOf(dictionary("'|u1'", "(-3,)")), "expected a size of at least 0"],
    ["65 axes", fileOf(dictionary("'|u1'", `(${"1,".repeat(65)})`), 1), "at most 64 axes"],
    [
      "sizes that overflow",
      fileOf(dictionary("'<f8'", `(${2 ** 51},)`)),
      "has an impossible shape at offset 60, got [2251799813685248]",
    ],
    ["a size beyond counting", fileOf(dictionary("'|u1'", "(99999999999999999999, 0)")), "has an impossible shape"],
    [
      "complex numbers",
      fileOf(dictionary("'<c8'", "(1,)"), 8),
      'a dtype that is not read at offset 20, got "<c8" (complex numbers), expected one of b1, i1',
    ],
    ["objects", fileOf(dictionary("'|O'", "(1,)"), 8), "(Python objects, which only Python can read)"],
    ["structures", fileOf(dictionary("[('x', '<f4')]", "(1,)"), 4), "structures are not read"],
    ["no byte order", fileOf(dictionary("'|f4'", "(1,)"), 4), 'got "|f4"'],
    [
      "truncation",
      fileOf(dictionary("'<f4'", "(2, 3)"), 23),
      "is truncated at offset 90, got 90 bytes, expected 91 for [2,3]",
    ],
    [
      "trailing bytes",
      fileOf(dictionary("'<f4'", "(2, 3)"), 25),
      "has trailing bytes, after its last element, at offset 91, got 92 bytes",
    ],
  ])("refuses %s", async (_what, file, message) => {
    const refusal = await readNpy(file, { source: "digits" }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(DataError);
    expect((refusal as DataError).message).toContain("npy: digits");
    expect((refusal as DataError).message).toContain(message);
  });

  it("refuses an element that fits no dtype, by its place in the file", async () => {
    const file = fileOf(dictionary("'>i8'", "(2, 1)", "True"), 16);
    new DataView(file.buffer).setBigInt64(file.length - 8, 2n ** 40n);
    await expect(readNpy(file)).rejects.toThrow(
      `element 1 of the file's order, at offset ${file.length - 8}, got 1099511627776`,
    );
  });

  it("refuses every truncation", async () => {
    const file = writeNpy(array);
    for (let length = 0; length < file.length; length++) {
      await expect(readNpy(file.subarray(0, length)), `length ${length}`).rejects.toThrow(DataError);
    }
  });
});
