// Every op by its name: what compile/ lowers and what the gradient check goes through.
import type { Op } from "../graph/node.ts";
import { eluOp, geluOp, leakyReluOp, reluOp, sigmoidOp, siluOp, softplusOp, tanhOp } from "./activation.ts";
import { addOp, divOp, mulOp, negateOp, subOp } from "./arithmetic.ts";
import { broadcastToOp, sumOp } from "./broadcast.ts";
import { toFloatOp, toIntOp } from "./cast.ts";
import { col2imOp, im2colOp } from "./columns.ts";
import {
  clipOp,
  equalOp,
  greaterEqualOp,
  greaterOp,
  lessEqualOp,
  lessOp,
  maximumOp,
  minimumOp,
  notEqualOp,
  whereOp,
} from "./comparison.ts";
import { conv2dFilterGradientOp, conv2dInputGradientOp, conv2dOp } from "./convolution.ts";
import { addAlongOp, gatherOp, oneHotOp, scatterAddOp, takeAlongOp } from "./indexing.ts";
import { fullOp, storedOp } from "./leaf.ts";
import { crossEntropyRowsOp } from "./loss.ts";
import { matmulOp } from "./matmul.ts";
import { flipOp, reshapeOp, transposeOp } from "./movement.ts";
import { avgPool2dGradientOp, avgPool2dOp, maxPool2dIndicesOp } from "./pooling.ts";
import { powOp } from "./power.ts";
import { nextKeyOp, randomOp } from "./random.ts";
import { argMaxOp, maxOp, minOp, squaredDeviationsOp } from "./reduce.ts";
import { concatOp, padOp, sliceOp } from "./slicing.ts";
import { logSoftmaxOp, softmaxOp } from "./softmax.ts";
import {
  absOp,
  erfOp,
  expm1Op,
  expOp,
  log1pOp,
  logOp,
  reciprocalOp,
  rsqrtOp,
  signOp,
  sqrtOp,
  squareOp,
} from "./unary.ts";

/** Holds each op to the name it is listed under. */
type Named<Table> = { readonly [Name in keyof Table]: Op<Name & string, never> };

function table<const Table extends Named<Table>>(ops: Table): Table {
  return ops;
}

export const opTable = table({
  stored: storedOp,
  full: fullOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  flip: flipOp,
  pad: padOp,
  slice: sliceOp,
  concat: concatOp,
  broadcastTo: broadcastToOp,
  sum: sumOp,
  negate: negateOp,
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  equal: equalOp,
  notEqual: notEqualOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  where: whereOp,
  maximum: maximumOp,
  minimum: minimumOp,
  clip: clipOp,
  abs: absOp,
  sign: signOp,
  exp: expOp,
  expm1: expm1Op,
  log: logOp,
  log1p: log1pOp,
  sqrt: sqrtOp,
  rsqrt: rsqrtOp,
  square: squareOp,
  reciprocal: reciprocalOp,
  erf: erfOp,
  pow: powOp,
  relu: reluOp,
  leakyRelu: leakyReluOp,
  elu: eluOp,
  gelu: geluOp,
  silu: siluOp,
  sigmoid: sigmoidOp,
  tanh: tanhOp,
  softplus: softplusOp,
  toFloat: toFloatOp,
  toInt: toIntOp,
  squaredDeviations: squaredDeviationsOp,
  max: maxOp,
  min: minOp,
  argMax: argMaxOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
  takeAlong: takeAlongOp,
  addAlong: addAlongOp,
  oneHot: oneHotOp,
  matmul: matmulOp,
  im2col: im2colOp,
  col2im: col2imOp,
  conv2d: conv2dOp,
  conv2dInputGradient: conv2dInputGradientOp,
  conv2dFilterGradient: conv2dFilterGradientOp,
  maxPool2dIndices: maxPool2dIndicesOp,
  avgPool2d: avgPool2dOp,
  avgPool2dGradient: avgPool2dGradientOp,
  softmax: softmaxOp,
  logSoftmax: logSoftmaxOp,
  crossEntropyRows: crossEntropyRowsOp,
  nextKey: nextKeyOp,
  random: randomOp,
});

export type OpName = keyof typeof opTable;

/** The attributes of an op's nodes. */
export type Attributes<Name extends OpName> = Parameters<(typeof opTable)[Name]["infer"]>[1];
