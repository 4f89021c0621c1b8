// Products of matrices, and operators that leave fewer elements along some axes.

import type { Axes } from "../../ops/broadcast.ts";
import {
  abs,
  add,
  argMax,
  exp,
  log,
  matmul,
  max,
  mean,
  min,
  mul,
  negate,
  type ReductionOptions,
  reshape,
  sqrt,
  square,
  sub,
  sum,
} from "../../ops/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { asFloat, type NodeCall, type Value } from "../node-call.ts";
import type { Rule, Rules } from "./rule.ts";

/** alpha · A·B + beta · C */
function gemm(call: NodeCall): Tensor {
  const { attributes } = call;
  const product = matmul(call.tensor(0), call.tensor(1), {
    transposeA: attributes.int("transA", 0) !== 0,
    transposeB: attributes.int("transB", 0) !== 0,
  });
  const scaled = (x: Tensor, by: number): Tensor => (by === 1 ? x : mul(x, by));
  const y = scaled(product, attributes.float("alpha", 1));
  const c = call.maybeTensor(2);
  return c === undefined ? y : add(y, scaled(c, attributes.float("beta", 1)));
}

/** Vectors are a row on the left and a column on the right, as in NumPy. */
function product(call: NodeCall): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const y = matmul(a.rank === 1 ? reshape(a, [1, -1]) : a, b.rank === 1 ? reshape(b, [-1, 1]) : b);
  const kept = b.rank === 1 ? y.shape.slice(0, -1) : y.shape;
  return reshape(y, a.rank === 1 ? kept.toSpliced(b.rank === 1 ? -1 : -2, 1) : kept);
}

type Reduce = (x: Tensor, axes: Axes, options: ReductionOptions) => Tensor;

/** Axes are an attribute up to operator set 17 (of ReduceSum 12), then an input. */
const reduction = (op: Reduce, host: (values: readonly number[]) => number): Rule => ({
  run: (call): Value => {
    const x = call.value(0);
    const listed = call.integers(1, "axes");
    const isNothing = (listed === null || listed.length === 0) && call.attributes.int("noop_with_empty_axes", 0) === 1;
    if (isNothing) return x;
    const axes = call.axes(listed === null || listed.length === 0 ? x.shape.map((_, axis) => axis) : listed, x.rank);
    const keepDims = call.attributes.int("keepdims", 1) !== 0;
    if (x instanceof Tensor) return op(asFloat(x), axes, { keepDims });
    const y = x.reduce(axes, host);
    return keepDims ? y : y.reshape(y.shape.filter((_, axis) => !axes.includes(axis)));
  },
});

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Not of what the network computes: there is no such op. */
const constantProduct: Rule = {
  run: (call) => {
    call.host(0);
    return reduction(sum, (values) => values.reduce((a, b) => a * b, 1)).run(call);
  },
};

const logSumExp: Reduce = (x, axes, options) => {
  const highest = max(x, axes, { keepDims: true });
  const rest = log(sum(exp(sub(x, highest)), axes, options));
  return add(rest, options.keepDims === true ? highest : reshape(highest, rest.shape));
};

const place = (of: (x: Tensor) => Tensor): Rule => ({
  run: (call) => {
    const x = call.tensor(0);
    return argMax(of(x), call.axis(x.rank, 0), { keepDims: call.attributes.int("keepdims", 1) !== 0 });
  },
  refuses: ({ attributes }) => (attributes.int("select_last_index", 0) === 0 ? null : "select_last_index 1"),
});

export const reductionRules: Rules = {
  Gemm: { run: gemm },
  MatMul: { run: product },
  ReduceSum: reduction(sum, total),
  ReduceMean: reduction(mean, (values) => total(values) / values.length),
  ReduceMax: reduction(max, (values) => Math.max(...values)),
  ReduceMin: reduction(min, (values) => Math.min(...values)),
  ReduceProd: constantProduct,
  ReduceL1: reduction(
    (x, axes, options) => sum(abs(x), axes, options),
    (values) => total(values.map(Math.abs)),
  ),
  ReduceL2: reduction(
    (x, axes, options) => sqrt(sum(square(x), axes, options)),
    (values) => Math.sqrt(total(values.map((x) => x * x))),
  ),
  ReduceSumSquare: reduction(
    (x, axes, options) => sum(square(x), axes, options),
    (values) => total(values.map((x) => x * x)),
  ),
  ReduceLogSumExp: reduction(logSumExp, (values) => Math.log(total(values.map(Math.exp)))),
  ArgMax: place((x) => x),
  ArgMin: place(negate),
};
