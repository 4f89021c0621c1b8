// The functions on tensors, in the order one learns them.

export { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "./activation.ts";
export { add, div, mul, negate, sub } from "./arithmetic.ts";
export { type Axes, broadcastTo, type ReductionOptions, sum } from "./broadcast.ts";
export { toFloat, toInt } from "./cast.ts";
export { col2im, im2col } from "./columns.ts";
export {
  clip,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  notEqual,
  where,
} from "./comparison.ts";
export {
  type ConvolutionOptions,
  conv2d,
  convTranspose2d,
  type TransposedConvolutionOptions,
} from "./convolution.ts";
export type { Operand } from "./elementwise.ts";
export { addAlong, gather, oneHot, scatterAdd, takeAlong } from "./indexing.ts";
export { full, type NestedArray, ones, stored, tensor, zeros } from "./leaf.ts";
export { type CrossEntropyOptions, crossEntropy, type LossOptions, meanSquaredError, type Reduction } from "./loss.ts";
export { type MatmulOptions, matmul } from "./matmul.ts";
export { flip, reshape, transpose } from "./movement.ts";
export { type BatchNormOptions, type BatchStatistics, batchNorm, batchStatistics } from "./normalization.ts";
export {
  type AveragePoolingOptions,
  avgPool2d,
  globalAvgPool2d,
  globalMaxPool2d,
  maxPool2d,
  type PoolingOptions,
} from "./pooling.ts";
export { pow } from "./power.ts";
export {
  dropout,
  type NormalOptions,
  nextKey,
  normal,
  randomKey,
  type UniformOptions,
  uniform,
} from "./random.ts";
export { argMax, type Moments, max, mean, min, moments, type VarianceOptions, variance } from "./reduce.ts";
export { type AxisPadding, concat, pad, slice, stack } from "./slicing.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { abs, erf, exp, expm1, log, log1p, reciprocal, rsqrt, sign, sqrt, square } from "./unary.ts";
