// The public names of nets/: the course's networks and optimisers.

export { convNorm, convRelu, depthwiseSeparable, Inception, Residual } from "./blocks.ts";
export { BookBatchNorm, BookDropout } from "./book-layers.ts";
export {
  type DeepConvOptions,
  type DoubleConvOptions,
  deepConv,
  doubleConv,
  type NetInput,
  type SimpleConvOptions,
  simpleConv,
} from "./convolutional.ts";
export {
  type AlexNetHead,
  type AlexNetOptions,
  alexNet,
  alexNetHeads,
  type LatestName,
  latestNames,
  latestNets,
} from "./latest.ts";
export {
  type ActivationName,
  activationNames,
  batchNormPlaces,
  type InitName,
  initializerOf,
  initNames,
  isActivation,
  type MlpChoices,
  type MlpOptions,
  mlp,
} from "./mlp.ts";
export {
  defaultHidden,
  defaultNet,
  imageShape,
  type Net,
  type NetName,
  type NetSettings,
  netNames,
  nets,
  type PublishedAccuracy,
} from "./nets.ts";
export { type OptimizerName, optimizerNames, optimizers, type Penalties, penalized } from "./optimizers.ts";
export { inPlainLayers } from "./plain-layers.ts";
export { outputSize, receptiveField, sizesThrough, type WindowLayer } from "./sizes.ts";
