// The layers of a Keras model and what each of them takes, from its JSON in the spelling of Keras 2, Keras 3 or TensorFlow.js:
// models within models are laid open. What a layer computes is layer-rules.ts.
import { quoted } from "tatamijs/formats";
import { isJson, type Json, type TfjsFault } from "./fault.ts";

export interface KerasLayer {
  readonly name: string;
  /** its class, such as Conv2D */
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** place in the file, which lists layers as they were made */
  readonly declared: number;
  /** places of the layers it takes */
  readonly inputs: readonly number[];
}

export interface Topology {
  /** each after those it takes */
  readonly layers: readonly KerasLayer[];
  /** place of the layer whose result is the model's */
  readonly output: number;
  /** [H, W, C] or [F], as far as the model says */
  readonly inputShape: readonly (number | null)[] | null;
  /** why it cannot be read, all at once */
  readonly problems: readonly string[];
}

/** Far more than networks have. */
const mostLayers = 4096;
const deepest = 16;

const modelKinds: readonly unknown[] = ["Sequential", "Functional", "Model", "LayersModel"];

/** @param topology `modelTopology` of a model.json, of unknown origin */
export function readTopology(topology: unknown, fault: TfjsFault): Topology {
  const reader = new TopologyReader(fault);
  // Keras' own files wrap the model; TensorFlow.js' are it
  const outer = isJson(topology) && topology.model_config !== undefined ? topology.model_config : topology;
  const model = typeof outer === "string" ? parsed(outer, fault) : outer;
  return reader.read(model);
}

function parsed(text: string, fault: TfjsFault): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault("has a damaged topology", quoted(text), "JSON", cause);
  }
}

class TopologyReader {
  readonly #fault: TfjsFault;
  readonly #layers: KerasLayer[] = [];
  readonly #problems: string[] = [];
  readonly #declared = new Map<Json, number>();
  #inputShape: readonly (number | null)[] | null = null;

  constructor(fault: TfjsFault) {
    this.#fault = fault;
  }

  #damaged(got: unknown, expected: string): Error {
    return this.#fault("has a damaged topology", quoted(got), expected);
  }

  read(model: unknown): Topology {
    if (!isJson(model) || !modelKinds.includes(model.class_name)) {
      throw this.#damaged(isJson(model) ? (model.class_name ?? model) : model, `a model: ${modelKinds.join(", ")}`);
    }
    const output = this.#model(model, null, 0);
    return { layers: this.#layers, output, inputShape: this.#inputShape, problems: this.#problems };
  }

  #add(layer: KerasLayer): number {
    if (this.#layers.length >= mostLayers)
      throw this.#damaged(`${mostLayers} layers and more`, `at most ${mostLayers}`);
    return this.#layers.push(layer) - 1;
  }

  /** @param input place of what a model within a model takes; null for the outermost. @returns place of its output */
  #model(model: Json, input: number | null, depth: number): number {
    if (depth > deepest) throw this.#damaged("models in models", `at most ${deepest} deep`);
    // the oldest files have the list of a Sequential's layers alone
    const { config } = model;
    const layers = Array.isArray(config) ? config : isJson(config) ? config.layers : null;
    if (!Array.isArray(layers) || layers.length === 0) throw this.#damaged(config, "a list of layers");
    if (layers.length > mostLayers) throw this.#damaged(`${layers.length} layers`, `at most ${mostLayers}`);
    const list = layers.map((layer) => {
      if (!isJson(layer) || typeof layer.class_name !== "string" || !isJson(layer.config)) {
        if (isJson(layer) && typeof layer.class_name === "string" && Array.isArray(layer.config)) return layer;
        throw this.#damaged(layer, "class_name and config");
      }
      this.#declared.set(layer, this.#declared.size);
      return layer;
    });
    return model.class_name === "Sequential"
      ? this.#chain(list, input, depth)
      : this.#graph(config as Json, list, input, depth);
  }

  #input(config: Json): number {
    const shape = config.batch_input_shape ?? config.batch_shape ?? config.batchInputShape;
    if (Array.isArray(shape)) {
      const sizes: unknown[] = shape.slice(1);
      if (
        sizes.length > 8 ||
        !sizes.every(
          (size) => size === null || (Number.isInteger(size) && (size as number) >= 1 && (size as number) < 2 ** 31),
        )
      ) {
        throw this.#damaged(shape, "a batch's shape");
      }
      this.#inputShape = sizes as (number | null)[];
    }
    return this.#add({ name: nameOf(config), kind: "InputLayer", config, declared: -1, inputs: [] });
  }

  #chain(layers: readonly Json[], input: number | null, depth: number): number {
    let last = input;
    for (const layer of layers) {
      const config = isJson(layer.config) ? layer.config : {};
      if (layer.class_name === "InputLayer") {
        last ??= this.#input(config);
        continue;
      }
      last ??= this.#input(firstConfig(layer));
      last = this.#layer(layer, [last], depth);
    }
    if (last === null) throw this.#damaged(layers, "layers");
    return last;
  }

  #layer(layer: Json, inputs: readonly number[], depth: number): number {
    if (modelKinds.includes(layer.class_name)) {
      const [input] = inputs;
      if (inputs.length !== 1) throw this.#damaged(`a model of ${inputs.length} inputs`, "1");
      return this.#model(layer, input!, depth + 1);
    }
    const config = layer.config as Json;
    return this.#add({
      name: nameOf(config, layer),
      kind: String(layer.class_name),
      config,
      declared: this.#declared.get(layer) ?? 0,
      inputs,
    });
  }

  #graph(config: Json, layers: readonly Json[], input: number | null, depth: number): number {
    const byName = new Map(layers.map((layer) => [nameOf(isJson(layer.config) ? layer.config : {}, layer), layer]));
    if (byName.size !== layers.length) throw this.#damaged("layers of one name", "names of their own");
    const [inputs, outputs] = [endsOf(config.input_layers), endsOf(config.output_layers)];
    for (const [what, ends] of [
      ["inputs", inputs],
      ["outputs", outputs],
    ] as const) {
      if (ends.length !== 1) throw this.#fault(`is a model of ${ends.length} ${what}`, ends.join(", "), "1");
    }
    const places = new Map<string, number>();
    const open = new Set<string>();
    const waiting = [outputs[0]!];
    // depth first without recursion: a layer is added when those it takes are
    while (waiting.length > 0) {
      const name = waiting.at(-1)!;
      const layer = byName.get(name);
      if (layer === undefined) throw this.#damaged(`${name}, which is no layer`, "the name of one");
      if (places.has(name)) {
        waiting.pop();
        continue;
      }
      const sources = this.#sources(layer, name);
      const missing = sources.filter((source) => !places.has(source));
      if (missing.length > 0) {
        if (missing.some((source) => open.has(source))) throw this.#damaged(`a circle at ${name}`, "none");
        open.add(name);
        waiting.push(...missing);
        continue;
      }
      waiting.pop();
      open.delete(name);
      const own = isJson(layer.config) ? layer.config : {};
      const isInput = layer.class_name === "InputLayer";
      if (isInput && name !== inputs[0]) throw this.#damaged(`a second input ${name}`, "one");
      const place = isInput
        ? (input ?? this.#input(own))
        : this.#layer(
            layer,
            sources.map((source) => places.get(source)!),
            depth,
          );
      places.set(name, place);
    }
    return places.get(outputs[0]!)!;
  }

  /** Names of the layers that a layer takes. */
  #sources(layer: Json, name: string): string[] {
    const calls = layer.inbound_nodes ?? layer.inboundNodes;
    if (layer.class_name === "InputLayer") return [];
    if (!Array.isArray(calls) || calls.length === 0) throw this.#damaged(`${name} that takes nothing`, "inbound_nodes");
    if (calls.length > 1) this.#problem(`${layer.class_name} ${name}: used ${calls.length} times`);
    const names: string[] = [];
    collectNames(calls[0], names);
    if (names.length === 0) throw this.#damaged(`${name} that takes nothing`, "inbound_nodes");
    return names;
  }

  #problem(text: string): void {
    if (!this.#problems.includes(text)) this.#problems.push(text);
  }
}

/** Keras 2: [["name", 0, 0, {}], …]; Keras 3: {args: [{class_name: "__keras_tensor__", config: {keras_history: ["name", 0, 0]}}]}. */
function collectNames(value: unknown, names: string[], depth = 0): void {
  if (depth > 6 || names.length > mostLayers) return;
  if (Array.isArray(value)) {
    if (typeof value[0] === "string" && Number.isInteger(value[1])) names.push(value[0]);
    else for (const item of value) collectNames(item, names, depth + 1);
  } else if (isJson(value)) {
    if (value.class_name === "__keras_tensor__" && isJson(value.config)) {
      collectNames(value.config.keras_history, names, depth + 1);
    } else if (Array.isArray(value.args)) collectNames(value.args, names, depth + 1);
  }
}

/** Names of a model's inputs or outputs: ["name", 0, 0] or a list of such. */
function endsOf(value: unknown): string[] {
  const names: string[] = [];
  collectNames(value, names);
  return names;
}

function nameOf(config: Json, layer: Json = {}): string {
  const name = config.name ?? layer.name;
  return typeof name === "string" ? name : "";
}

/** The config that says the input's shape where a Sequential has no InputLayer: that of its first layer, however deep. */
function firstConfig(layer: Json): Json {
  let found = layer;
  for (let depth = 0; depth <= deepest && modelKinds.includes(found.class_name); depth++) {
    const { config } = found;
    const layers = Array.isArray(config) ? config : isJson(config) ? config.layers : null;
    const [first] = Array.isArray(layers) ? layers : [];
    if (!isJson(first)) break;
    found = first;
  }
  return isJson(found.config) ? found.config : {};
}
