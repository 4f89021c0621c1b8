import { describe, expect, it } from "vitest";
import { kernelNames } from "../program/kernel-table.ts";
import type { KernelCall, PlacedRef, Program } from "../program/program.ts";
import { relocate, serialize } from "./serialize.ts";

const external = (index: number): PlacedRef => ({ space: "external", index, offset: 0, bytes: 8 });
const key = external(0);
const [a, b] = [external(1), external(2)];

const calls: KernelCall[] = [
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
];
const program: Program = {
  segments: [{ calls, tiling: null }],
  arenaBytes: 0,
  externalBytes: [8, 8, 8],
  outputs: [],
};

/** 2³² and what is above: the upper word of a pointer counts */
const addressOf = (ref: PlacedRef): number => (ref.space === "external" ? 2 ** 32 * 3 + ref.index * 64 : 0);
const low = (address: number): number => address | 0;
const half = new Int32Array(Float32Array.of(0.5).buffer)[0];
const [nextKey, fused] = [kernelNames.indexOf("nextKey"), kernelNames.indexOf("fused")];

describe("serialize", () => {
  it("serialize(program, threads, addressOf, 4) puts header, calls and ends first, then structs, each with its lists", () => {
    const { words, relative } = serialize(program, 1, (ref) => low(addressOf(ref)), 4);
    const structs = [10 * 4, 12 * 4];
    const lists = [27, 29, 30, 31, 33, 34, 39].map((word) => 4 * word);
    expect([...words]).toEqual([
      ...[4 * 4, 8 * 4, 9 * 4, 1],
      ...[nextKey, structs[0], fused, structs[1]],
      2,
      1,
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
    expect(relative).toEqual([0, 1, 2, 5, 7, 12, 13, 14, 15, 16, 17, 18]);
  });

  it("serialize(program, threads, addressOf, 8) makes pointers two words at even places", () => {
    const { words, relative } = serialize(program, 1, addressOf, 8);
    expect([...words.slice(0, 7)]).toEqual([8 * 4, 0, 16 * 4, 0, 18 * 4, 0, 1]);
    expect([...words.slice(8, 16)]).toEqual([nextKey, 0, 20 * 4, 0, fused, 0, 24 * 4, 0]);
    expect([...words.slice(16, 19)]).toEqual([2, 0, 1]);
    expect([...words.slice(20, 24)]).toEqual([0, 3, 0, 3]);
    // seven lists, eight numbers, then the lists themselves
    expect([...words.slice(38, 46)]).toEqual([2, 1, 1, 2, 1, 5, 1, 3]);
    expect([...words.slice(46, 52)]).toEqual([64, 3, 128, 3, 64, 3]);
    expect(relative.every((index) => index % 2 === 0)).toBe(true);
  });

  it("serialize(program) lists the lanes of a tiled segment one after the other", () => {
    const whole: PlacedRef = { space: "external", index: 0, offset: 0, bytes: 40 };
    const fields = { shape: [5, 2], strides: [2, 1], constants: [], code: [], results: [0], registers: 1 };
    const tiled: KernelCall = {
      kernel: "fused",
      arguments: { inputs: [whole], outputs: [whole], ...fields },
      label: "",
    };
    const tiling = { samples: 5, tile: 2, lanes: 2 };
    const segments = [
      { calls: calls.slice(0, 1), tiling: null },
      { calls: [tiled, tiled], tiling },
    ];
    const { words } = serialize({ ...program, segments }, 1, (ref) => ref.offset, 4);
    // one call, then a lane of 3 samples in two tiles and one of 2 in one
    expect(words[3]).toBe(2);
    expect([...words.slice(words[1] / 4, words[1] / 4 + 3)]).toEqual([1, 5, 7]);
    expect([...words.slice(words[2] / 4, words[2] / 4 + 2)]).toEqual([1, 3]);
  });

  it("relocate(serialized, address) adds where the words lie, beyond 32 bits too", () => {
    const small = serialize(program, 1, (ref) => low(addressOf(ref)), 4);
    relocate(small, 2 ** 31);
    expect(small.words[0]).toBe((2 ** 31 + 16) | 0);
    const large = serialize(program, 1, addressOf, 8);
    relocate(large, 2 ** 33 - 32);
    expect([...large.words.slice(0, 2)]).toEqual([0, 2]);
    expect([...large.words.slice(2, 4)]).toEqual([32, 2]);
  });
});
