// Every kernel by its name: one that the table has and this record lacks is a type error.
import type { KernelName } from "../../program/kernel-table.ts";
import type { Arguments } from "./arguments.ts";
import { col2im, im2col } from "./columns.ts";
import { conv2d, conv2dFilterGradient, conv2dFilterGradientAt, conv2dInputGradient } from "./convolution.ts";
import { fused } from "./elementwise.ts";
import { guard } from "./guard.ts";
import { addAlong, gather, oneHot, scatterAdd, takeAlong } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { cast, copy, fill } from "./movement.ts";
import { avgPool2d, avgPool2dGradient, maxPool2d } from "./pooling.ts";
import { nextKey, random } from "./random.ts";
import { argMax, reduce } from "./reduction.ts";
import { crossEntropy, softmax } from "./softmax.ts";

/** `guard` answers -1 when the program may go on. */
type Kernel<Name extends KernelName> = (call: Arguments<Name>) => Name extends "guard" ? number : void;

export const kernels: { readonly [Name in KernelName]: Kernel<Name> } = {
  fused,
  copy,
  fill,
  cast,
  reduce,
  argMax,
  matmul,
  im2col,
  col2im,
  conv2d,
  conv2dInputGradient,
  conv2dFilterGradient,
  conv2dFilterGradientAt,
  maxPool2d,
  avgPool2d,
  avgPool2dGradient,
  takeAlong,
  addAlong,
  gather,
  scatterAdd,
  oneHot,
  softmax,
  crossEntropy,
  random,
  nextKey,
  guard,
};
