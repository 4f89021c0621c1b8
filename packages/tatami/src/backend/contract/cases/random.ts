// Cases of random and nextKey: the published words of Philox, and the convention of random/philox.ts.
import type { ContractCases } from "../contract-case.ts";
import { blank, blankInts, floats, ints } from "../values.ts";

/** The words of counter 0 under key 0 (Random123's kat_vectors, philox4x32-10). */
const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
const unit = words.map((word) => (word >>> 8) * 2 ** -24);
const radius = [0, 2].map((word) => Math.sqrt(-2 * Math.log(unit[word] + 2 ** -24)));
const angle = [1, 3].map((word) => 2 * Math.PI * unit[word]);

const uniform = { distribution: 0, low: 0, spread: 1 };
const normal = { distribution: 1, low: 0, spread: 1 };

export const randomCases: ContractCases<"random" | "nextKey"> = {
  random: [
    {
      title: "makes uniform numbers of the published words",
      call: { key: ints(0, 0, 0), out: blank(4), count: 4, ...uniform },
      golden: [Float32Array.from(unit)],
    },
    {
      title: "makes normal numbers by Box-Muller",
      call: { key: ints(0, 0, 0), out: blank(3), count: 3, ...normal },
      golden: [floats(radius[0] * Math.cos(angle[0]), radius[0] * Math.sin(angle[0]), radius[1] * Math.cos(angle[1]))],
    },
    {
      title: "reads the key's words as unsigned and fills many blocks",
      call: { key: ints(-1, 0x7fffffff, -2), out: blank(1003), count: 1003, ...uniform },
    },
    {
      title: "shifts and stretches uniform numbers to the same bits",
      call: { key: ints(1, 2, 3), out: blank(1003), count: 1003, distribution: 0, low: -0.1, spread: 0.3 },
    },
    {
      title: "shifts and stretches normal numbers",
      call: { key: ints(1, 2, 3), out: blank(1003), count: 1003, distribution: 1, low: 3, spread: 0.01 },
    },
    { title: "makes nothing", call: { key: ints(1, 2, 3), out: blank(0), count: 0, ...normal } },
  ],
  nextKey: [
    {
      title: "counts the step",
      call: { key: ints(-7, 9, 5), out: blankInts(3) },
      golden: [ints(-7, 9, 6)],
    },
    {
      title: "goes round at 2³²",
      call: { key: ints(1, 2, -1), out: blankInts(3) },
      golden: [ints(1, 2, 0)],
    },
    {
      title: "goes on past the largest signed integer",
      call: { key: ints(1, 2, 2 ** 31 - 1), out: blankInts(3) },
      golden: [ints(1, 2, -(2 ** 31))],
    },
  ],
};
