// The public names of nn/, as in PyTorch.
import "../devices.ts";
import "../tensor/methods.ts";

export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./activation.ts";
export { Conv2d, type Conv2dOptions, ConvTranspose2d, type ConvTranspose2dOptions } from "./convolution.ts";
export { type BuildOptions, build, describe, type LayerDescription, type LayerFields } from "./description.ts";
export { Dropout } from "./dropout.ts";
export { Flatten, Identity } from "./flatten.ts";
export { type Fans, fansOf, type Initializer, type InitializerFunction, type InitializerName } from "./initializer.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { CrossEntropyLoss, type CrossEntropyLossOptions, type Loss, MSELoss } from "./loss.ts";
export { type AnyModule, type ForwardHook, Module } from "./module.ts";
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions } from "./normalization.ts";
export { Parameter } from "./parameter.ts";
export { AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d } from "./pooling.ts";
export {
  GroupNorm,
  InstanceNorm2d,
  LayerNorm,
  type LayerNormOptions,
  type SampleNormOptions,
} from "./sample-normalization.ts";
export { Sequential } from "./sequential.ts";
export type { StateDict, StateEntry } from "./state-dict.ts";
