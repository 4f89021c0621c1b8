import { describe, expect, it } from "vitest";
import { kernelNames } from "../program/kernel-table.ts";
import type { BufferRef, Program } from "../program/program.ts";
import { relocate, serialize } from "./serialize.ts";

const external = (index: number): BufferRef => ({ space: "external", index, bytes: 8 });
const key = external(0);
const [a, b] = [external(1), external(2)];

const program: Program = {
  calls: [
    { kernel: "nextKey", arguments: { key, out: key }, label: "nextKey" },
    {
      kernel: "fused",
      arguments: {
        inputs: [a, b],
        outputs: [a],
        shape: [2],
        strides: [1, 1],
        constants: [0.5],
        code: [19, 2, 0, 1, 0],
        results: [2],
        registers: 3,
      },
      label: "add",
    },
  ],
  arenaBytes: 0,
  externalBytes: [8, 8, 8],
  outputs: [],
};

/** 2³² and what is above: the upper word of a pointer counts */
const addressOf = (ref: BufferRef): number => (ref.space === "external" ? 2 ** 32 * 3 + ref.index * 64 : 0);
const low = (address: number): number => address | 0;
const half = new Int32Array(Float32Array.of(0.5).buffer)[0];
const [nextKey, fused] = [kernelNames.indexOf("nextKey"), kernelNames.indexOf("fused")];

describe("serialize", () => {
  it("serialize(program, addressOf, 4) puts calls first, then structs of pointers and words, each with its lists", () => {
    const { words, relative } = serialize(program, (ref) => low(addressOf(ref)), 4);
    const structs = [4 * 4, 6 * 4];
    const lists = [21, 23, 24, 25, 27, 28, 33].map((word) => 4 * word);
    expect([...words]).toEqual([
      ...[nextKey, structs[0], fused, structs[1]],
      ...[0, 0],
      ...lists,
      ...[2, 1, 1, 2, 1, 5, 1, 3],
      ...[64, 128],
      64,
      2,
      ...[1, 1],
      half,
      ...[19, 2, 0, 1, 0],
      2,
    ]);
    expect(relative).toEqual([1, 3, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("serialize(program, addressOf, 8) makes pointers two words at even places", () => {
    const { words, relative } = serialize(program, addressOf, 8);
    expect([...words.slice(0, 8)]).toEqual([nextKey, 0, 8 * 4, 0, fused, 0, 12 * 4, 0]);
    expect([...words.slice(8, 12)]).toEqual([0, 3, 0, 3]);
    // seven lists, eight numbers, then the lists themselves
    expect([...words.slice(26, 34)]).toEqual([2, 1, 1, 2, 1, 5, 1, 3]);
    expect([...words.slice(34, 40)]).toEqual([64, 3, 128, 3, 64, 3]);
    expect(relative.every((index) => index % 2 === 0)).toBe(true);
  });

  it("relocate(serialized, address) adds where the words lie, beyond 32 bits too", () => {
    const small = serialize(program, (ref) => low(addressOf(ref)), 4);
    relocate(small, 2 ** 31);
    expect(small.words[1]).toBe((2 ** 31 + 16) | 0);
    const large = serialize(program, addressOf, 8);
    relocate(large, 2 ** 33 - 32);
    expect([...large.words.slice(2, 4)]).toEqual([0, 2]);
    expect([...large.words.slice(6, 8)]).toEqual([16, 2]);
  });
});
