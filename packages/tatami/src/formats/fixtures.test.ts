// Files of NumPy and of a safetensors writer in Python, read by us; ours read by NumPy and, where Python has it, by the
// reference reader.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFixture } from "../nn/fixture.ts";
import { DataError } from "../shape/errors.ts";
import type { ArrayData, ArrayMap } from "./array-data.ts";
import { readNpz, saveNpz } from "./npz.ts";
import { pythonWith } from "./python.ts";
import { readNpy, saveNpy } from "./read-npy.ts";
import { openSafetensors, readSafetensors } from "./read-safetensors.ts";
import { saveSafetensors } from "./write-safetensors.ts";

interface Expected {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly number[];
}

const path = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** As our dtype has them; −0 and 0 are apart. */
function sameValues({ values }: ArrayData, expected: readonly number[]): boolean {
  const round = values instanceof Float32Array ? Math.fround : Number;
  return values.length === expected.length && expected.every((value, index) => Object.is(values[index], round(value)));
}

describe("readSafetensors(input)", () => {
  it("reads every dtype that PyTorch writes", async () => {
    const expected = readFixture<Readonly<Record<string, Expected>>>("files/dtypes");
    const { tensors, metadata } = await readSafetensors(path("files/dtypes.safetensors"));
    expect(metadata).toEqual({ "made by": "generate-files.py" });
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
    const file = await openSafetensors(path("files/dtypes.safetensors"));
    for (const { name, dtype } of file.entries) {
      const { shape, values, dtype: wanted } = expected[name]!;
      expect(dtype, name).toBe(wanted);
      expect(tensors[name]!.shape, name).toEqual(shape);
      expect(tensors[name]!.dtype, name).toBe(/^[UI]/.test(wanted) ? "int32" : "float32");
      expect(sameValues(tensors[name]!, values), name).toBe(true);
    }
    await file.close();
  });
});

describe("readNpz(input)", () => {
  it.each(["arrays.npz", "arrays-deflated.npz"])("reads every dtype and order of NumPy's %s", async (name) => {
    const expected = readFixture<Readonly<Record<string, Expected>>>("files/arrays");
    const found = await readNpz(path(`files/${name}`));
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [key, { shape, dtype, values }] of Object.entries(expected)) {
      expect(found[key], key).toMatchObject({ shape, dtype });
      expect(sameValues(found[key]!, values), key).toBe(true);
    }
  });
});

describe("readNpy(input)", () => {
  it.each([1, 2, 3])("reads NumPy's version %d.0", async (version) => {
    const { "f4<C": expected } = readFixture<Readonly<Record<string, Expected>>>("files/arrays");
    expect(sameValues(await readNpy(path(`files/version-${version}.npy`)), expected!.values)).toBe(true);
  });

  it.each([
    ["strings", 'got "<U1" (strings)'],
    ["structure", "structures are not read"],
    ["objects", 'got "|O" (Python objects, which only Python can read)'],
  ])("says what it does not read of NumPy's: %s", async (name, message) => {
    const reading = readNpy(path(`files/${name}.npy`));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe("what we write", () => {
  const python = pythonWith("numpy");
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "tatami-python-"));
  });
  afterAll(() => rm(root, { recursive: true }));

  it.skipIf(python === null)("is read by NumPy and by the reference reader where there is one", async () => {
    const arrays: ArrayMap = {
      "0.weight": { shape: [2, 3], dtype: "float32", values: Float32Array.of(1.5, -2, 3, 0.1, 5, 6) },
      steps: { shape: [3], dtype: "int32", values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
      scalar: { shape: [], dtype: "float32", values: Float32Array.of(0.25) },
      empty: { shape: [0, 2], dtype: "float32", values: new Float32Array(0) },
      名前: { shape: [1], dtype: "int32", values: Int32Array.of(3) },
    };
    const at = (name: string): string => join(root, name);
    await saveNpz(at("stored.npz"), arrays);
    await saveNpz(at("deflated.npz"), arrays, { compress: true });
    await saveNpy(at("one.npy"), arrays["0.weight"]!);
    await saveSafetensors(at("f32.safetensors"), arrays, { metadata: { a: "b" } });
    await saveSafetensors(at("f16.safetensors"), arrays, { floats: "F16" });
    await saveSafetensors(at("bf16.safetensors"), arrays, { floats: "BF16" });
    const files = ["stored.npz", "deflated.npz", "one.npy", "f32.safetensors", "f16.safetensors", "bf16.safetensors"];
    const printed = execFileSync(python!, [path("read-files.py"), ...files.map(at)], { encoding: "utf8" });
    const found = JSON.parse(printed) as { files: Record<string, Record<string, Expected>> };
    const plain = Object.entries(arrays).map(([name, { shape, dtype, values }]) => [
      name,
      { shape, dtype, values: [...values] },
    ]);
    for (const name of ["stored.npz", "deflated.npz", "f32.safetensors"]) {
      expect(found.files[name], name).toEqual(Object.fromEntries(plain));
    }
    expect(found.files["one.npy"]!.array).toEqual(plain[0]![1]);
    expect(found.files["f16.safetensors"]!["0.weight"]).toEqual({
      shape: [2, 3],
      dtype: "float16",
      values: [1.5, -2, 3, 0.0999755859375, 5, 6],
    });
    expect(found.files["bf16.safetensors"]!["0.weight"]!.values[3]).toBe(0.10009765625);
    expect(found.files["bf16.safetensors"]!.steps!.values).toEqual([-(2 ** 31), 0, 2 ** 31 - 1]);
  });
});
