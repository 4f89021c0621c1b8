// Cases of the kernels that follow indices, indices outside their axis among them.
import type { ContractCases } from "../contract-case.ts";
import { blank, blankInts, counted, floats, ints, wordsOf } from "../values.ts";

const { NaN: nan } = Number;

type Name = "takeAlong" | "addAlong" | "gather" | "scatterAdd" | "oneHot";

function rows(
  rows: number,
  length: number,
  count: number,
  channels = 1,
): { rows: number; length: number; count: number; channels: number } {
  return { rows, length, count, channels };
}

export const indexingCases: ContractCases<Name> = {
  takeAlong: [
    {
      title: "takes from each row by the row's own indices",
      call: { x: counted(6), indices: ints(2, 0, 1, 1), out: blank(4), ...rows(2, 3, 2) },
      golden: [floats(3, 1, 5, 5)],
    },
    {
      title: "takes for each channel by the channel's own indices",
      call: { x: counted(6), indices: ints(2, 0, 1, 1), out: blank(4), ...rows(1, 3, 2, 2) },
      golden: [floats(5, 2, 3, 4)],
    },
    {
      title: "gives NaN for an index outside",
      call: { x: counted(6), indices: ints(3, -1), out: blank(2), ...rows(2, 3, 1) },
      golden: [floats(nan, nan)],
    },
  ],
  addAlong: [
    {
      title: "adds up at equal indices and leaves 0 elsewhere",
      call: { g: counted(6), indices: ints(1, 1, 0, 3, 3, 3), out: blank(8), ...rows(2, 4, 3) },
      golden: [floats(3, 3, 0, 0, 0, 0, 0, 15)],
    },
    {
      title: "adds up each channel alone",
      call: { g: counted(8), indices: ints(1, 0, 1, 2, 0, 0, 2, 2), out: blank(12), ...rows(2, 3, 2, 2) },
      golden: [floats(0, 2, 4, 0, 0, 4, 5, 6, 0, 0, 7, 8)],
    },
    {
      title: "skips an index outside",
      call: { g: counted(4), indices: ints(2, 0, -1, 1), out: blank(4), ...rows(2, 2, 2) },
      golden: [floats(2, 0, 0, 4)],
    },
    {
      title: "gives zeros for no indices",
      call: { g: floats(), indices: ints(), out: blank(4), ...rows(2, 2, 0) },
      golden: [floats(0, 0, 0, 0)],
    },
  ],
  gather: [
    {
      title: "takes rows",
      call: {
        x: wordsOf(counted(6)),
        indices: ints(2, 0, 2),
        out: blankInts(6),
        outer: 1,
        length: 3,
        inner: 2,
        count: 3,
      },
      golden: [wordsOf([5, 6, 1, 2, 5, 6])],
    },
    {
      title: "takes from the last axis",
      call: { x: wordsOf(counted(6)), indices: ints(1), out: blankInts(2), outer: 2, length: 3, inner: 1, count: 1 },
      golden: [wordsOf([2, 5])],
    },
    {
      title: "takes integers",
      call: { x: ints(-1, 8), indices: ints(1, 0), out: blankInts(2), outer: 1, length: 2, inner: 1, count: 2 },
      golden: [ints(8, -1)],
    },
    {
      title: "gives the word of NaN for an index outside",
      call: { x: ints(1, 2), indices: ints(2, -1, 1), out: blankInts(3), outer: 1, length: 2, inner: 1, count: 3 },
      golden: [ints(0x7fc00000, 0x7fc00000, 2)],
    },
  ],
  scatterAdd: [
    {
      title: "adds rows up at equal indices and leaves 0 elsewhere",
      call: { g: counted(6), indices: ints(2, 0, 2), out: blank(8), outer: 1, length: 4, inner: 2, count: 3 },
      golden: [floats(3, 4, 0, 0, 6, 8, 0, 0)],
    },
    {
      title: "works on each outer part alone",
      call: { g: counted(4), indices: ints(1, 1), out: blank(4), outer: 2, length: 2, inner: 1, count: 2 },
      golden: [floats(0, 3, 0, 7)],
    },
    {
      title: "skips an index outside",
      call: { g: counted(3), indices: ints(2, 0, -1), out: blank(2), outer: 1, length: 2, inner: 1, count: 3 },
      golden: [floats(2, 0)],
    },
  ],
  oneHot: [
    {
      title: "is 1 at the label",
      call: { labels: ints(2, 0), out: blank(6), rows: 2, columns: 3 },
      golden: [floats(0, 0, 1, 1, 0, 0)],
    },
    {
      title: "gives a row of zeros for a label outside",
      call: { labels: ints(3, -1), out: blank(6), rows: 2, columns: 3 },
      golden: [floats(0, 0, 0, 0, 0, 0)],
    },
  ],
};
