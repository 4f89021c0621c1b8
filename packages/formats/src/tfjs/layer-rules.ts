// What each of Keras' layers is in nn: the table of the layers that are read. Images are [H, W, C] in Keras and [C, H, W] here,
// so kernels turn; what a Flatten joins comes in another order, and the weights behind it turn with it.
import { quoted } from "tatamijs/formats";
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  ELU,
  Flatten,
  GlobalAvgPool2d,
  GlobalMaxPool2d,
  LeakyReLU,
  Linear,
  type Module,
  ReLU,
  Softmax,
} from "tatamijs/nn";
import type { Json } from "./fault.ts";
import { ChannelsLastReshape, ClippedReLU } from "./keras-modules.ts";
import {
  activationOf,
  countOf,
  expectChannelsLast,
  expectLastAxis,
  flagOf,
  numberOf,
  type Sides,
  sidesOf,
  Unreadable,
} from "./layer-options.ts";
import { flowOf, imageOf, type LayerRule, placesIn, present, rule, setBias, turned } from "./layer-rule.ts";
import { convolution, depthwise, pool, separable, transposed } from "./window-rules.ts";

const dense = rule(
  (context) => {
    const { config, flow, weight } = context;
    const units = countOf(config, "units");
    const inputs = flow.shape.at(-1)!;
    const kernel = weight("kernel", 0, [inputs, units]);
    const bias = flagOf(config, "use_bias", true);
    const activation = activationOf(config.activation);
    if (flow.shape.length === 3) {
      // over the channels of every pixel
      const layer = new Conv2d(inputs, units, 1, { bias });
      layer.weight.set(turned(kernel, [1, 0]));
      setBias(layer, context, 1, units);
      return { modules: present(layer, activation), flow: flowOf(flow.shape[0]!, flow.shape[1]!, units) };
    }
    const layer = new Linear(inputs, units, { bias });
    const places = placesIn(flow);
    const rows = turned(kernel, [1, 0]);
    layer.weight.set(places === null ? rows : rows.map((_, at) => rows[at - (at % inputs) + places[at % inputs]!]!));
    setBias(layer, context, 1, units);
    return { modules: present(layer, activation), flow: flowOf(units) };
  },
  (config) => void activationOf(config.activation),
  { takesJoined: true },
);

const batchNorm = rule(
  ({ config, flow, weight }) => {
    const rank = flow.shape.length;
    expectLastAxis(config, rank);
    const features = flow.shape.at(-1)!;
    const [scale, center] = [flagOf(config, "scale", true), flagOf(config, "center", true)];
    const options = {
      eps: numberOf(config, "epsilon", 1e-3),
      // the share of the newest batch, where Keras says that of all before
      momentum: Number((1 - numberOf(config, "momentum", 0.99)).toPrecision(12)),
      affine: scale || center,
    };
    const ordered = (name: string, place: number): Float32Array => {
      const { values } = weight(name, place, [features]);
      const places = placesIn(flow);
      return places === null ? values : values.map((_, at) => values[places[at]!]!);
    };
    // weights first: their lengths prove the features
    const gamma = scale ? ordered("gamma", 0) : null;
    const beta = center ? ordered("beta", Number(scale)) : null;
    const place = Number(scale) + Number(center);
    const [mean, variance] = [ordered("moving_mean", place), ordered("moving_variance", place + 1)];
    const layer = rank === 3 ? new BatchNorm2d(features, options) : new BatchNorm1d(features, options);
    layer.weight?.set(gamma ?? new Float32Array(features).fill(1));
    layer.bias?.set(beta ?? new Float32Array(features));
    layer.runningMean!.set(mean);
    layer.runningVar!.set(variance);
    return { modules: [layer], flow };
  },
  (config) => {
    if (config.renorm === true) throw new Unreadable("renorm");
    const [eps, momentum] = [numberOf(config, "epsilon", 1e-3), numberOf(config, "momentum", 0.99)];
    if (!(eps > 0) || !(momentum >= 0 && momentum <= 1)) throw new Unreadable(`epsilon ${eps}, momentum ${momentum}`);
  },
  { takesJoined: true },
);

const globalPool = (layer: new () => Module): LayerRule =>
  rule(({ config, flow }) => {
    const [, , channels] = imageOf(flow);
    if (flagOf(config, "keepdims", false)) return { modules: [new layer()], flow: flowOf(1, 1, channels) };
    return { modules: [new layer(), new Flatten()], flow: flowOf(channels) };
  }, expectChannelsLast);

/** A layer that treats every value alike. */
const elementwise = (make: (config: Json) => Module | null): LayerRule =>
  rule(
    ({ config, flow }) => ({ modules: present(make(config)), flow }),
    (config) => void make(config),
    { takesJoined: true },
  );

function reluOf(config: Json): Module {
  const slope = numberOf(config, "negative_slope", 0);
  if (numberOf(config, "threshold", 0) !== 0) throw new Unreadable("threshold");
  const limit = config.max_value ?? null;
  if (limit === null) return slope === 0 ? new ReLU() : new LeakyReLU(slope);
  if (slope !== 0) throw new Unreadable("max_value with negative_slope");
  return new ClippedReLU(numberOf(config, "max_value", 0));
}

function dropoutOf(config: Json): Module {
  const rate = numberOf(config, "rate", 0.5);
  if (!(rate >= 0 && rate < 1)) throw new Unreadable(`rate ${rate}`);
  return new Dropout(rate);
}

const softmax = rule(
  ({ config, flow }) => {
    expectLastAxis(config, flow.shape.length);
    return { modules: [new Softmax(1)], flow };
  },
  undefined,
  { takesJoined: true },
);

const flatten = rule(({ flow }) => {
  if (flow.shape.length === 1) return { modules: [], flow };
  const [height, width, channels] = imageOf(flow);
  const joined = channels > 1 && height * width > 1 ? ([height, width, channels] as const) : null;
  return { modules: [new Flatten()], flow: { shape: [height * width * channels], joined, zeros: null } };
}, expectChannelsLast);

const reshaped = rule(({ config, flow }) => {
  const target = config.target_shape;
  const count = flow.shape.reduce((product, size) => product * size, 1);
  if (!Array.isArray(target) || !target.every(Number.isInteger)) throw new Unreadable(`target_shape ${quoted(target)}`);
  const known = (target as number[]).filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const shape = (target as number[]).map((size) => (size === -1 ? count / known : size));
  const fits = shape.reduce((product, size) => product * size, 1) === count && shape.every((size) => size >= 1);
  if (!fits || (shape.length !== 1 && shape.length !== 3)) throw new Unreadable(`target_shape ${quoted(target)}`);
  const [height, width, channels] = flow.shape;
  const from = flow.shape.length === 3 ? [channels!, height!, width!] : [...flow.shape];
  return { modules: [new ChannelsLastReshape(from, shape)], flow: flowOf(...shape) };
});

const zeroPadding = rule(
  ({ config, flow }) => {
    imageOf(flow);
    const more = sidesOf(config);
    const zeros = more.map((side, index) => side + (flow.zeros?.[index] ?? 0)) as unknown as Sides;
    return { modules: [], flow: { ...flow, zeros } };
  },
  (config) => {
    expectChannelsLast(config);
    sidesOf(config);
  },
  { takesZeros: true },
);

/** By the name of the class. */
export const layerRules: Readonly<Record<string, LayerRule>> = {
  Activation: elementwise((config) => activationOf(config.activation)),
  AveragePooling2D: pool(true),
  BatchNormalization: batchNorm,
  BatchNormalizationV1: batchNorm,
  Conv2D: convolution,
  Conv2DTranspose: transposed,
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dropout: elementwise(dropoutOf),
  ELU: elementwise((config) => new ELU(numberOf(config, "alpha", 1))),
  Flatten: flatten,
  GlobalAveragePooling2D: globalPool(GlobalAvgPool2d),
  GlobalMaxPooling2D: globalPool(GlobalMaxPool2d),
  LeakyReLU: elementwise(
    (config) => new LeakyReLU(numberOf(config, config.alpha === undefined ? "negative_slope" : "alpha", 0.3)),
  ),
  MaxPooling2D: pool(false),
  ReLU: elementwise(reluOf),
  Reshape: reshaped,
  SeparableConv2D: separable,
  Softmax: softmax,
  ZeroPadding2D: zeroPadding,
};
