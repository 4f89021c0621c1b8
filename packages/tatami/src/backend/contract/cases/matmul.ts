// Cases of matmul; sizes at random are in arbitraries/matmul.ts.
import { type ElementwiseName, opcode } from "../../../program/elementwise.ts";
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCase, ContractCases } from "../contract-case.ts";
import { blank, counted, floats, normals } from "../values.ts";

const plain = {
  bias: null,
  batch: 1,
  transposeA: 0,
  transposeB: 0,
  aBatchStride: 0,
  bBatchStride: 0,
  activation: opcode("identity"),
  activationParameter: 0,
};

/** The activations a network is likely to have; a backend takes every function of one or two operands. */
export const activations: readonly ElementwiseName[] = [
  "identity",
  "relu",
  "leakyRelu",
  "elu",
  "gelu",
  "silu",
  "sigmoid",
  "tanh",
  "softplus",
];

type Sizes = Pick<Arguments<"matmul">, "a" | "b" | "out" | "m" | "n" | "k">;

/** A product of dense matrices with nothing after it, where `fields` say nothing else. */
function product(fields: Sizes & Partial<Arguments<"matmul">>): Arguments<"matmul"> {
  return { ...plain, aStride: fields.transposeA === 1 ? fields.m : fields.k, ...fields };
}

/** [2, 3] times [3, 2] */
const small: Sizes = { a: counted(6), b: counted(6), out: blank(4), m: 2, n: 2, k: 3 };

const eachActivation = activations.map(
  (name): ContractCase<"matmul"> => ({
    title: `applies ${name} after the bias`,
    call: product({
      a: normals(7 * 5, 1),
      b: normals(5 * 19, 2),
      bias: normals(19, 3),
      out: blank(7 * 19),
      m: 7,
      n: 19,
      k: 5,
      activation: opcode(name),
      activationParameter: 0.3,
    }),
  }),
);

/**
 * Rows of weights as dense layers have them, longer than one block of sums: few, and so many that no cache has room for
 * them, at distances at which they push each other out of one.
 */
const longRows = [
  { rows: 1, columns: 7, length: 3107, biased: true },
  { rows: 13, columns: 33, length: 3107, biased: true },
  { rows: 5, columns: 48, length: 3107, biased: false },
  { rows: 11, columns: 16, length: 3107, biased: true },
  { rows: 1, columns: 263, length: 1024, biased: true },
  { rows: 130, columns: 263, length: 1024, biased: true },
  { rows: 3, columns: 136, length: 2048, biased: false },
  { rows: 201, columns: 129, length: 2048, biased: true },
  { rows: 3, columns: 263, length: 1023, biased: false },
].map(
  ({ rows, columns, length, biased }): ContractCase<"matmul"> => ({
    title: `sums along ${columns} transposed columns of ${length.toLocaleString("en")} numbers for ${rows} rows`,
    call: product({
      a: normals(rows * length, 10),
      b: normals(columns * length, 11),
      bias: biased ? normals(columns, 12) : null,
      out: blank(rows * columns),
      m: rows,
      n: columns,
      k: length,
      transposeB: 1,
      activation: opcode(biased ? "relu" : "identity"),
    }),
  }),
);

export const matmulCases: ContractCases<"matmul"> = {
  matmul: [
    { title: "multiplies two matrices", call: product(small), golden: [floats(22, 28, 49, 64)] },
    {
      title: "transposes a",
      call: product({ ...small, a: floats(1, 4, 2, 5, 3, 6), transposeA: 1 }),
      golden: [floats(22, 28, 49, 64)],
    },
    {
      title: "transposes b",
      call: product({ ...small, b: floats(1, 3, 5, 2, 4, 6), transposeB: 1 }),
      golden: [floats(22, 28, 49, 64)],
    },
    {
      title: "transposes both",
      call: product({
        ...small,
        a: floats(1, 4, 2, 5, 3, 6),
        b: floats(1, 3, 5, 2, 4, 6),
        transposeA: 1,
        transposeB: 1,
      }),
      golden: [floats(22, 28, 49, 64)],
    },
    {
      title: "steps over what lies between the rows of a",
      call: product({ ...small, a: floats(1, 2, 3, -9, 4, 5, 6, -9), aStride: 4 }),
      golden: [floats(22, 28, 49, 64)],
    },
    {
      title: "steps over what lies between the rows of a transposed a",
      call: product({ ...small, a: floats(1, 4, -9, 2, 5, -9, 3, 6, -9), transposeA: 1, aStride: 3 }),
      golden: [floats(22, 28, 49, 64)],
    },
    {
      title: "adds the bias of each column, then relu",
      call: product({ ...small, bias: floats(-30, 1), activation: opcode("relu") }),
      golden: [floats(0, 29, 19, 65)],
    },
    {
      title: "shares b over the batch",
      call: product({ a: counted(4), b: floats(10, 1), out: blank(2), batch: 2, m: 1, n: 1, k: 2, aBatchStride: 2 }),
      golden: [floats(12, 34)],
    },
    {
      title: "shares a over the batch",
      call: product({ a: floats(10, 1), b: counted(4), out: blank(2), batch: 2, m: 1, n: 1, k: 2, bBatchStride: 2 }),
      golden: [floats(12, 34)],
    },
    {
      title: "gives the activation of the bias where there is nothing to sum",
      call: product({ a: floats(), b: floats(), bias: floats(1, -2), out: blank(4), m: 2, n: 2, k: 0 }),
      golden: [floats(1, -2, 1, -2)],
    },
    {
      title: "lets NaN and infinity through",
      call: product({
        ...small,
        a: floats(Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 1, 1),
        activation: opcode("relu"),
      }),
      golden: [floats(Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)],
    },
    {
      title: "takes an empty batch of rows",
      call: product({ a: floats(), b: counted(6), out: blank(0), m: 0, n: 2, k: 3 }),
      golden: [floats()],
    },
    ...eachActivation,
    ...longRows,
    {
      title: "adds bias and activation once over many blocks",
      call: product({
        a: normals(6 * 700, 7),
        b: normals(700 * 533, 8),
        bias: normals(533, 9),
        out: blank(6 * 533),
        m: 6,
        n: 533,
        k: 700,
        transposeA: 1,
        activation: opcode("relu"),
      }),
    },
    {
      title: "multiplies the course's dense layer: 100 images by [784, 40]",
      call: product({
        a: normals(100 * 784, 4),
        b: normals(784 * 40, 5),
        bias: normals(40, 6),
        out: blank(4000),
        m: 100,
        n: 40,
        k: 784,
      }),
    },
  ],
};
