// Networks of ONNX files: graphs of any operators with any attributes, shapes and constants, most of which do not fit
// together. Nothing is computed, but all that is known of shapes is worked out.
import { readFileSync } from "node:fs";
import { loadOnnx } from "../packages/tatami/src/onnx/index.ts";
import { rules } from "../packages/tatami/src/onnx/rules/index.ts";
import { type AttributeText, graphOf, type NodeText } from "../packages/tatami/src/onnx/small-graphs.ts";
import type { Draws } from "./draws.ts";
import type { Reader } from "./reader.ts";

const operators = [...rules.keys(), "Constant", "Dropout", "BatchNormalization", "Conv", "Slice", "Pad", "LSTM", ""];

// biome-ignore format: a list of names
const attributes = [
  "alpha", "beta", "transA", "transB", "axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group",
  "auto_pad", "ceil_mode", "count_include_pad", "output_padding", "output_shape", "epsilon", "momentum", "ratio", "keepdims",
  "to", "split", "starts", "ends", "shape", "mode", "value", "value_ints", "value_int", "value_floats", "num_groups",
  "allowzero", "start", "end", "coefficients", "intercepts", "classlabels_ints", "post_transform", "offset", "scale", "norm",
  "min", "max", "fmod", "targets", "noop_with_empty_axes",
] as const;

const texts = [
  "SAME_UPPER",
  "SAME_LOWER",
  "VALID",
  "graph",
  "L1",
  "SOFTMAX",
  "LOGISTIC",
  "reflect",
  "edge",
  "wrap",
  "?",
];

function size(draws: Draws): number {
  if (draws.chance(0.85)) return draws.below(5);
  return Math.min(Math.floor(Math.abs(draws.number())), 2 ** 53 - 1);
}

const sizes = (draws: Draws, most: number): number[] =>
  Array.from({ length: draws.below(most + 1) }, () => size(draws));

function attributeOf(draws: Draws): AttributeText {
  const way = draws.below(5);
  if (way === 0) return draws.of(texts);
  if (way === 1) return size(draws);
  if (way === 2) return draws.below(100) / 64 - 0.5;
  if (way === 3) return sizes(draws, 4).map((value) => value + 0.5);
  return sizes(draws, 5);
}

function lieOfNetwork(draws: Draws): Uint8Array {
  const signed = (): number => (draws.chance(0.3) ? -1 : 1) * size(draws);
  const constants = Object.fromEntries(
    ["i", "j", "k"].map((name) => [name, Array.from({ length: draws.below(5) }, signed)]),
  );
  const small = (): number => draws.below(5);
  const weights = Object.fromEntries(
    ["u", "v", "w"].map((name) => [name, Array.from({ length: draws.below(5) }, small)]),
  );
  const known = ["x", "x", "x", "i", "j", "k", "u", "v", "w", "s"];
  const count = 1 + draws.below(6);
  const nodes = Array.from({ length: count }, (_, index): NodeText => {
    const operator = draws.of(operators);
    const [op, domain] = operator.startsWith("ai.onnx.ml.") ? [operator.slice(11), "ai.onnx.ml"] : [operator, ""];
    const inputs = Array.from({ length: draws.below(6) }, () => (draws.chance(0.05) ? "" : draws.of(known)));
    // the values computed last are the likeliest to be used
    if (inputs.length > 0 && draws.chance(0.8)) inputs[0] = known.at(-1)!;
    const outputs = index === count - 1 ? ["y"] : [`t${index}`, `r${index}`].slice(0, 1 + draws.below(2));
    known.push(...outputs, outputs[0]!);
    const chosen = Array.from({ length: draws.below(4) }, () => [draws.of(attributes), attributeOf(draws)]);
    return [op, inputs, outputs, draws.chance(0.5) ? `n${index}` : "", Object.fromEntries(chosen), domain];
  });
  return graphOf(nodes, {
    opset: draws.chance(0.95) ? 7 + draws.below(19) : draws.below(40),
    constants,
    weights,
    scalars: { s: signed() },
    sample: draws.chance(0.9)
      ? Array.from({ length: draws.of([1, 1, 2, 3, 3, 3, 4]) }, () => 1 + draws.below(6))
      : sizes(draws, 6),
    integers: draws.chance(0.5),
    ...(draws.chance(0.2) && { batch: draws.below(3) }),
  });
}

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../packages/tatami/fixtures/onnx/${name}.onnx`, import.meta.url)));

export const networkReader: Reader = {
  files: async () =>
    ["sklearn-pipeline-17", "sklearn-logistic-9", "mlp-9", "mlp-17-train", "inception-13", "activations-18-dynamo"].map(
      fixture,
    ),
  lie: lieOfNetwork,
  read: async (bytes) => {
    const { model } = await loadOnnx(bytes);
    for (const [name, { values, shape }] of Object.entries(await model.stateDict())) {
      if (shape.reduce((product, length) => product * length, 1) !== values.length) throw new Error(`fuzz: ${name}`);
    }
  },
};
