// Options of Keras' layers as its JSON spells them: pairs, paddings, activations. What an option means to a layer is
// layer-rules.ts.
import {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  type Module,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "tatamijs/nn";
import { isJson, type Json, shown } from "./fault.ts";
import { ClippedReLU } from "./keras-modules.ts";

/** Why a layer cannot be read; gathered, so that all are said at once. */
export class Unreadable extends Error {}

export type Pair = readonly [number, number];
/** [top, bottom, left, right] */
export type Sides = readonly [number, number, number, number];

const whole = (value: unknown, least: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 20;

export function countOf(config: Json, option: string, least = 1): number {
  const value = config[option];
  if (!whole(value, least)) throw new Unreadable(`${option} ${shown(value)}`);
  return value;
}

export function pairOf(config: Json, option: string, usual: number | Pair | null = null): Pair {
  const value = config[option] ?? usual;
  if (whole(value, 1)) return [value, value];
  if (Array.isArray(value) && value.length === 2 && value.every((size) => whole(size, 1)))
    return value as unknown as Pair;
  // one number in a list, as some writers have it
  if (Array.isArray(value) && value.length === 1 && whole(value[0], 1)) return [value[0], value[0]];
  throw new Unreadable(`${option} ${shown(value)}`);
}

export function numberOf(config: Json, option: string, usual: number): number {
  const value = config[option] ?? usual;
  if (!Number.isFinite(value)) throw new Unreadable(`${option} ${shown(value)}`);
  return value as number;
}

/** @param usual what stands for an option that is left out */
export function flagOf(config: Json, option: string, usual: boolean): boolean {
  const value = config[option] ?? usual;
  if (typeof value !== "boolean") throw new Unreadable(`${option} ${shown(value)}`);
  return value;
}

/** @throws Unreadable where images have their channels first: kernels and everything after would mean something else */
export function expectChannelsLast(config: Json): void {
  const format = config.data_format ?? "channels_last";
  if (format !== "channels_last") throw new Unreadable(`data_format ${shown(format)}`);
}

export function isSame(config: Json): boolean {
  const padding = config.padding ?? "valid";
  if (padding !== "same" && padding !== "valid") throw new Unreadable(`padding ${shown(padding)}`);
  return padding === "same";
}

/** Zeros around an image so that ⌈size / stride⌉ windows fit, the odd one at the bottom and right (TensorFlow's "SAME"). */
export function samePadding([height, width]: Pair, kernel: Pair, stride: Pair, dilation: Pair): Sides {
  const along = (size: number, axis: 0 | 1): Pair => {
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const total = Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + extent - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return [...along(height, 0), ...along(width, 1)];
}

export function sidesOf(config: Json): Sides {
  const { padding = 1 } = config;
  const pair = (value: unknown): Pair | null =>
    whole(value, 0)
      ? [value, value]
      : Array.isArray(value) && value.length === 2 && value.every((size) => whole(size, 0))
        ? (value as unknown as Pair)
        : null;
  if (whole(padding, 0)) return [padding, padding, padding, padding];
  const [rows, columns] = Array.isArray(padding) && padding.length === 2 ? padding.map(pair) : [null, null];
  if (!rows || !columns) throw new Unreadable(`padding ${shown(padding)}`);
  return [...rows, ...columns];
}

const activations: Readonly<Record<string, () => Module | null>> = {
  linear: () => null,
  relu: () => new ReLU(),
  relu6: () => new ClippedReLU(6),
  elu: () => new ELU(),
  gelu: () => new GELU(),
  sigmoid: () => new Sigmoid(),
  tanh: () => new Tanh(),
  softplus: () => new Softplus(),
  swish: () => new SiLU(),
  silu: () => new SiLU(),
  // of Keras 3; its slope is another than PyTorch's
  leaky_relu: () => new LeakyReLU(0.2),
  // classes are the last axis in TensorFlow, the one after the batch's here
  softmax: () => new Softmax(1),
  log_softmax: () => new LogSoftmax(1),
  logSoftmax: () => new LogSoftmax(1),
};

/** @returns null for none. @throws Unreadable for one that nn has not */
export function activationOf(value: unknown): Module | null {
  const name = isJson(value)
    ? isJson(value.config) && typeof value.config.name === "string"
      ? value.config.name
      : value.class_name
    : value;
  if (name === undefined || name === null) return null;
  if (typeof name !== "string" || !Object.hasOwn(activations, name)) throw new Unreadable(`activation ${shown(value)}`);
  return activations[name]!();
}
