// The reader of TensorFlow.js' models as it is fuzzed: a model.json and the bytes of its weights as one, JSON damaged where its
// numbers, names and paths are.
import { readFileSync } from "node:fs";
import { isAbsolute, normalize } from "node:path";
import { layersModelOf } from "../packages/formats/src/tfjs/layers-model.ts";
import { damageText, joined } from "./damage.ts";
import type { Draws } from "./draws.ts";
import type { Reader } from "./reader.ts";

const fixture = (name: string, file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../packages/formats/fixtures/tfjs/${name}/${file}`, import.meta.url)));

/** The JSON behind its length, then the weights. */
function pack(json: Uint8Array, weights: Uint8Array): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, json.length, true);
  return joined(head, json, weights);
}

function unpack(bytes: Uint8Array): [json: Uint8Array, weights: Uint8Array] {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}

const paths = [
  "../weights.bin",
  "/etc/passwd",
  "a/../../b",
  "http://example.org/w",
  "C:\\w",
  "a\\..\\..\\b",
  "",
  ".",
  "w\0",
];

/** A model of few layers whose options, shapes and connections need not go together. */
function lie(draws: Draws, files: readonly Uint8Array[]): Uint8Array {
  const [json, weights] = unpack(draws.of(files));
  const text = new TextDecoder().decode(json);
  if (draws.chance(0.1)) return pack(new TextEncoder().encode(text.replace("weights.bin", draws.of(paths))), weights);
  if (draws.chance(0.3)) return pack(new TextEncoder().encode(damageText(text, draws)), weights);
  const model = JSON.parse(text);
  const { layers } = model.modelTopology.config ?? model.modelTopology.model_config.config;
  for (let count = 1 + draws.below(3); count > 0; count--) {
    const layer = draws.of(
      layers as { class_name: string; config: Record<string, unknown>; inbound_nodes?: unknown }[],
    );
    const way = draws.below(7);
    const option = draws.of(Object.keys(layer.config));
    if (way === 0) layer.config[option] = draws.number();
    else if (way === 1) layer.config[option] = [draws.number(), draws.below(4)];
    else if (way === 2)
      layer.config[option] = draws.of([
        null,
        true,
        "same",
        {},
        [],
        [
          [1, 2],
          [0, 1],
        ],
      ]);
    else if (way === 3) layer.class_name = draws.of(layers as { class_name: string }[]).class_name;
    else if (way === 4) layers.splice(draws.below(layers.length), 1);
    else if (way === 5) layers.splice(draws.below(layers.length), 0, layer);
    else layer.inbound_nodes = [[[draws.of(layers as { config: { name: string } }[]).config.name, 0, 0, {}]]];
  }
  return pack(new TextEncoder().encode(JSON.stringify(model)), weights);
}

export const tfjsReader: Reader = {
  files: async () =>
    ["nested", "depthwise", "transposed", "residual", "quantised-uint8"].map((name) =>
      pack(fixture(name, "model.json"), fixture(name, "weights.bin")),
    ),
  lie,
  read: async (bytes) => {
    const [json, weights] = unpack(bytes);
    const read = async (name: string): Promise<Uint8Array> => {
      const path = normalize(name);
      if (isAbsolute(path) || path.startsWith("..") || /[:\\]/.test(path)) throw new Error(`fuzz: asked for ${name}`);
      return weights;
    };
    const { model, inputShape } = await layersModelOf(new TextDecoder().decode(json), read);
    if (![1, 3].includes(inputShape.length)) throw new Error(`fuzz: accepted an input of [${inputShape.join(", ")}]`);
    await model.stateDict();
  },
};
