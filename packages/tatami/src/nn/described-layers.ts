// The table of layers that can be described: for each its options, what kind of value each is, and how the layer says and
// takes them. The walk over whole models is description.ts.
import type { Padding, Pair, Window } from "../shape/window.ts";
import { ELU, GELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh } from "./activation.ts";
import { Conv2d, ConvTranspose2d } from "./convolution.ts";
import { Dropout } from "./dropout.ts";
import { Flatten, Identity } from "./flatten.ts";
import type { Initializer } from "./initializer.ts";
import { Linear } from "./linear.ts";
import type { AnyModule, Module } from "./module.ts";
import { BatchNorm1d, BatchNorm2d } from "./normalization.ts";
import type { Parameter } from "./parameter.ts";
import { AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d } from "./pooling.ts";
import { GroupNorm, InstanceNorm2d, LayerNorm } from "./sample-normalization.ts";

/** Options by name, as JSON holds them. */
export type LayerFields = Readonly<Record<string, unknown>>;

/** A layer as JSON: its type, which is its class's name in nn, and its options by name. */
export interface LayerDescription extends LayerFields {
  readonly type: string;
}

/** What a value has to be, in words and as a test. */
interface Kind<T> {
  readonly expected: string;
  readonly is: (value: unknown) => boolean;
  readonly optional: boolean;
  /** never there: it ties the kind to its type */
  readonly type?: T;
}

const kind = <T>(expected: string, is: (value: unknown) => boolean): Kind<T> => ({ expected, is, optional: false });
const optional = <T>(of: Kind<T>): Kind<T | undefined> => ({ ...of, optional: true }) as Kind<T | undefined>;

const isInteger = (minimum: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= minimum && (value as number) < 2 ** 31;
const isList = (lengths: readonly number[], minimum: number) => (value: unknown) =>
  isInteger(minimum)(value) ||
  (Array.isArray(value) && lengths.includes(value.length) && value.every(isInteger(minimum)));

const count = kind<number>("an integer of at least 1", isInteger(1));
const axis = kind<number>("an integer", isInteger(-(2 ** 31)));
const number = kind<number>("a finite number", Number.isFinite);
const flag = kind<boolean>("true or false", (value) => typeof value === "boolean");
const pair = kind<Pair>("an integer of at least 1, or two", isList([2], 1));
const sides = kind<Padding>("an integer of at least 0, or two or four", isList([2, 4], 0));
const extra = kind<Pair>("an integer of at least 0, or two", isList([2], 0));
const lengths = kind<readonly number[]>(
  "a list of 1 to 8 integers of at least 1",
  (value) => Array.isArray(value) && value.length >= 1 && value.length <= 8 && value.every(isInteger(1)),
);
/** that its name is known and its numbers are in range is checked when the layer is made */
const initializer = kind<Exclude<Initializer, (...values: never[]) => unknown>>("an initializer", (value) => {
  if (typeof value === "string") return true;
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) return false;
  const [name, numbers] = Object.entries(value)[0] as [string, unknown];
  if (name === "uniform") return Array.isArray(numbers) && numbers.length === 2 && numbers.every(Number.isFinite);
  return (name === "constant" || name === "normal") && Number.isFinite(numbers);
});

export interface DescribedLayer {
  readonly module: unknown;
  /** the options of a layer of this class */
  readonly read: (module: AnyModule) => LayerFields;
  /** the first option that is missing, unknown or of another kind; null where all are right */
  readonly wrong: (fields: LayerFields) => { field: string; value: unknown; expected: string } | null;
  /** how many elements the weights of a layer of these options have; may be more than can be made */
  readonly elements: (fields: LayerFields) => number;
  /** @throws OptionError for an option out of range */
  readonly make: (fields: LayerFields) => Module;
}

function layer<M extends AnyModule, F extends object>(
  module: new (...values: never[]) => M,
  kinds: { readonly [K in keyof Required<F>]: Kind<F[K]> },
  read: (module: M) => F,
  make: (fields: F) => Module,
  elements: (fields: F) => number = () => 0,
): DescribedLayer {
  const known: [string, Kind<unknown>][] = Object.entries(kinds);
  return {
    module,
    // what is undefined is not in the file
    read: (found) => Object.fromEntries(Object.entries(read(found as M)).filter(([, value]) => value !== undefined)),
    wrong: (fields) => {
      for (const [field, { expected, is, optional: mayMiss }] of known) {
        const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (!(value === undefined ? mayMiss : is(value))) return { field, value, expected };
      }
      const field = Object.keys(fields).find((name) => !Object.hasOwn(kinds, name));
      return field === undefined
        ? null
        : {
            field,
            value: fields[field],
            expected: `the options ${known.map(([name]) => name).join(", ") || "of none"}`,
          };
    },
    elements: (fields) => elements(fields as F),
    make: (fields) => make(fields as F),
  };
}

const plain = (module: new () => Module): DescribedLayer =>
  layer(
    module,
    {},
    () => ({}),
    () => new module(),
  );

/** The initialiser, unless it is the default one or a function, which JSON cannot hold. */
function initOf(parameter: Parameter | null): Exclude<Initializer, (...values: never[]) => unknown> | undefined {
  const found = parameter?.initializer;
  return found === "fanInUniform" || typeof found === "function" ? undefined : found;
}

const inits = { weightInit: optional(initializer), biasInit: optional(initializer) };
const initsOf = ({ weight, bias }: { weight: Parameter; bias: Parameter | null }) => ({
  weightInit: initOf(weight),
  biasInit: initOf(bias),
});

const windowKinds = { kernelSize: pair, stride: pair, padding: sides, dilation: pair };
const windowFields = ({ kernel, stride, padding, dilation }: Window) => ({
  kernelSize: kernel as Pair,
  stride: stride as Pair,
  padding: padding as Padding,
  dilation: dilation as Pair,
});
const convolutionKinds = { inChannels: count, outChannels: count, ...windowKinds, groups: count, bias: flag, ...inits };
const convolutionFields = (found: Conv2d | ConvTranspose2d) => ({
  inChannels: found.inChannels,
  outChannels: found.outChannels,
  ...windowFields(found.window),
  groups: found.groups,
  bias: found.bias !== null,
  ...initsOf(found),
});
const pixels = (kernel: Pair): number => (typeof kernel === "number" ? kernel * kernel : kernel[0] * kernel[1]);
const filterElements = (f: ReturnType<typeof convolutionFields>): number =>
  (f.inChannels * f.outChannels * pixels(f.kernelSize)) / f.groups + (f.bias ? f.outChannels : 0);

const poolKinds = { kernelSize: pair, stride: optional(pair), padding: optional(sides) };
const normKinds = { features: count, eps: number, momentum: number, affine: flag, trackRunningStats: flag };
const normFields = (found: BatchNorm1d | BatchNorm2d) => ({
  features: found.features,
  eps: found.eps,
  momentum: found.momentum,
  affine: found.weight !== null,
  trackRunningStats: found.runningMean !== null,
});
const normElements = (f: ReturnType<typeof normFields>): number =>
  2 * f.features * (Number(f.affine) + Number(f.trackRunningStats));

const axisOf = ({ axis: found }: Softmax | LogSoftmax) => ({ axis: found });

export const described: Readonly<Record<string, DescribedLayer>> = {
  Linear: layer(
    Linear,
    { inFeatures: count, outFeatures: count, bias: flag, ...inits },
    (found) => ({
      inFeatures: found.inFeatures,
      outFeatures: found.outFeatures,
      bias: found.bias !== null,
      ...initsOf(found),
    }),
    ({ inFeatures, outFeatures, ...options }) => new Linear(inFeatures, outFeatures, options),
    (f) => f.inFeatures * f.outFeatures + (f.bias ? f.outFeatures : 0),
  ),
  Conv2d: layer(
    Conv2d,
    convolutionKinds,
    convolutionFields,
    ({ inChannels, outChannels, kernelSize, ...options }) => new Conv2d(inChannels, outChannels, kernelSize, options),
    filterElements,
  ),
  ConvTranspose2d: layer(
    ConvTranspose2d,
    { ...convolutionKinds, outputPadding: extra },
    (found) => ({ ...convolutionFields(found), outputPadding: found.outputPadding }),
    ({ inChannels, outChannels, kernelSize, ...options }) =>
      new ConvTranspose2d(inChannels, outChannels, kernelSize, options),
    filterElements,
  ),
  MaxPool2d: layer(
    MaxPool2d,
    poolKinds,
    ({ kernelSize, options: { stride, padding } }) => ({ kernelSize, stride, padding }),
    ({ kernelSize, ...options }) => new MaxPool2d(kernelSize, options),
  ),
  AvgPool2d: layer(
    AvgPool2d,
    { ...poolKinds, countIncludePad: optional(flag) },
    ({ kernelSize, options: { stride, padding, countIncludePad } }) => ({
      kernelSize,
      stride,
      padding,
      countIncludePad,
    }),
    ({ kernelSize, ...options }) => new AvgPool2d(kernelSize, options),
  ),
  GlobalAvgPool2d: plain(GlobalAvgPool2d),
  GlobalMaxPool2d: plain(GlobalMaxPool2d),
  BatchNorm1d: layer(
    BatchNorm1d,
    normKinds,
    normFields,
    ({ features, ...options }) => new BatchNorm1d(features, options),
    normElements,
  ),
  BatchNorm2d: layer(
    BatchNorm2d,
    normKinds,
    normFields,
    ({ features, ...options }) => new BatchNorm2d(features, options),
    normElements,
  ),
  LayerNorm: layer(
    LayerNorm,
    { normalizedShape: lengths, eps: number, elementwiseAffine: flag },
    ({ normalizedShape, eps, weight }) => ({ normalizedShape, eps, elementwiseAffine: weight !== null }),
    ({ normalizedShape, ...options }) => new LayerNorm(normalizedShape, options),
    (f) => (f.elementwiseAffine ? 2 * f.normalizedShape.reduce((product, size) => product * size, 1) : 0),
  ),
  GroupNorm: layer(
    GroupNorm,
    { groups: count, channels: count, eps: number, affine: flag },
    ({ groups, channels, eps, weight }) => ({ groups, channels, eps, affine: weight !== null }),
    ({ groups, channels, ...options }) => new GroupNorm(groups, channels, options),
    (f) => (f.affine ? 2 * f.channels : 0),
  ),
  InstanceNorm2d: layer(
    InstanceNorm2d,
    { features: count, eps: number, affine: flag },
    ({ features, eps, weight }) => ({ features, eps, affine: weight !== null }),
    ({ features, ...options }) => new InstanceNorm2d(features, options),
    (f) => (f.affine ? 2 * f.features : 0),
  ),
  Dropout: layer(
    Dropout,
    { p: number },
    ({ p }) => ({ p }),
    ({ p }) => new Dropout(p),
  ),
  Flatten: layer(
    Flatten,
    { startAxis: axis, endAxis: axis },
    ({ startAxis, endAxis }) => ({ startAxis, endAxis }),
    ({ startAxis, endAxis }) => new Flatten(startAxis, endAxis),
  ),
  Identity: plain(Identity),
  ReLU: plain(ReLU),
  LeakyReLU: layer(
    LeakyReLU,
    { negativeSlope: number },
    ({ negativeSlope }) => ({ negativeSlope }),
    ({ negativeSlope }) => new LeakyReLU(negativeSlope),
  ),
  ELU: layer(
    ELU,
    { alpha: number },
    ({ alpha }) => ({ alpha }),
    ({ alpha }) => new ELU(alpha),
  ),
  GELU: plain(GELU),
  SiLU: plain(SiLU),
  Sigmoid: plain(Sigmoid),
  Tanh: plain(Tanh),
  Softplus: plain(Softplus),
  Softmax: layer(Softmax, { axis }, axisOf, (f) => new Softmax(f.axis)),
  LogSoftmax: layer(LogSoftmax, { axis }, axisOf, (f) => new LogSoftmax(f.axis)),
};
