// What a rule of the table of Keras' layers is, and what rules are made of: images, flattened values and weights in Keras' order and
// in Tatami's. Which layers there are is layer-rules.ts.
import { quoted } from "tatamijs/formats";
import type { Conv2d, ConvTranspose2d, Linear, Module } from "tatamijs/nn";
import type { Json } from "./fault.ts";
import { type Sides, Unreadable } from "./layer-options.ts";
import type { Weight } from "./manifest.ts";

/** What flows between layers, without the batch. */
export interface Flow {
  /** as Keras has it: [H, W, C] or [F] */
  readonly shape: readonly number[];
  /** the image whose values a Flatten has joined, [C, H, W] one after the other where Keras has [H, W, C]; else null */
  readonly joined: readonly [height: number, width: number, channels: number] | null;
  /** zeros that a ZeroPadding2D wants around the image, which the next layer adds */
  readonly zeros: Sides | null;
}

export interface LayerContext {
  readonly config: Json;
  readonly flow: Flow;
  /** a weight by its name and its place among the layer's, of a shape that must be right */
  readonly weight: (name: string, place: number, shape: readonly number[]) => Weight;
}

export interface LayerResult {
  readonly modules: readonly Module[];
  readonly flow: Flow;
}

export interface LayerRule {
  /** whether it takes a Flatten's values in the order they have here */
  readonly takesJoined: boolean;
  /** whether it adds the zeros of a ZeroPadding2D itself */
  readonly takesZeros: boolean;
  /** @throws Unreadable for options that nn has not: called before anything is built */
  readonly check: (config: Json) => void;
  readonly build: (context: LayerContext) => LayerResult;
}

export const rule = (
  build: LayerRule["build"],
  check: LayerRule["check"] = () => undefined,
  traits: { takesJoined?: boolean; takesZeros?: boolean } = {},
): LayerRule => ({ takesJoined: false, takesZeros: false, ...traits, check, build });

export function imageOf(flow: Flow): readonly [number, number, number] {
  const [height, width, channels] = flow.shape;
  if (flow.shape.length !== 3) throw new Unreadable(`it takes ${quoted(flow.shape)}, not images`);
  return [height!, width!, channels!];
}

export const flowOf = (...shape: readonly number[]): Flow => {
  if (shape.some((size) => !(size >= 1))) throw new Unreadable(`nothing is left of its images: ${quoted(shape)}`);
  return { shape, joined: null, zeros: null };
};

export const present = (...modules: readonly (Module | null)[]): Module[] =>
  modules.filter((module) => module !== null);

/** Values in another order of axes. @param axes which axis of `shape` each of the result's is */
export function turned({ values, shape }: Weight, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let at = 0; at < result.length; at++) {
    result[at] = values[index.reduce((sum, place, axis) => sum + place * strides[axes[axis]!]!, 0)]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axes[axis]!]!) break;
      index[axis] = 0;
    }
  }
  return result;
}

/** Of each value that a Flatten gives here, its place among those it gives in Keras. */
export function placesIn(flow: Flow): Int32Array | null {
  if (flow.joined === null) return null;
  const [height, width, channels] = flow.joined;
  const places = new Int32Array(height * width * channels);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < height * width; pixel++) places[at++] = pixel * channels + channel;
  }
  return places;
}

/** A bias, where the layer has one, set. */
export function setBias(
  module: Conv2d | ConvTranspose2d | Linear,
  { weight }: LayerContext,
  place: number,
  size: number,
): void {
  module.bias?.set(weight("bias", place, [size]).values);
}
