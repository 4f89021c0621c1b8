// Layers models of TensorFlow.js as modules: model.json and its weights become layers of nn with the same outputs. What is
// trained further here stays here: nothing is written in this format.
import { Identity, type Module, Sequential, Sigmoid, Softmax } from "tatamijs/nn";
import { type TfjsFault, tfjsFaults } from "./fault.ts";
import { ChannelsLastReshape, KerasGraph, type KerasStep, TwoClassScores, ZeroPadding } from "./keras-modules.ts";
import { Unreadable } from "./layer-options.ts";
import { type Flow, layerRules } from "./layer-rules.ts";
import { type LayersContent, layersContent, layersFile, merges, readableLayers } from "./layers-content.ts";
import type { KerasLayer } from "./topology.ts";
import { WeightFinder } from "./weight-finder.ts";

export interface LayersModelOptions {
  /** [C, H, W] or [F], where the file leaves sizes open; default: what the file says */
  inputShape?: readonly number[] | undefined;
  /**
   * Whether the model gives scores where the file's gives probabilities, as `crossEntropy` and `predict` take them: a softmax
   * at the end is left out, one column of a sigmoid becomes the scores of two classes. Default false.
   */
  logits?: boolean | undefined;
  /** for messages; default: the path or "the model" */
  source?: string | undefined;
}

export interface LayersModel {
  /** in evaluation mode; a Sequential of nn's layers where the model's layers come one after the other */
  readonly model: Module;
  /** [C, H, W] or [F]: images have their channels first, as everywhere in Tatami */
  readonly inputShape: readonly number[];
  /** [C, H, W] or [F] */
  readonly outputShape: readonly number[];
}

/**
 * A model from the folder of its model.json, as `model.save("file://…")` and tensorflowjs_converter write it. It takes images
 * [N, C, H, W] and gives what TensorFlow.js gives for the same images as [N, H, W, C].
 * @param path of the model.json
 * @throws DataError where files are missing, damaged or lie elsewhere, and naming all layers at once that cannot be read
 */
export async function loadLayersModel(path: string, options: LayersModelOptions = {}): Promise<LayersModel> {
  const { source = path } = options;
  return modelOf(await layersFile(path, source), { ...options, source });
}

/**
 * As `loadLayersModel`, from wherever the files are.
 * @param json the text of the model.json
 * @param read the bytes of a file of weights, by its name in the manifest, which names only files within the model's folder
 */
export async function layersModelOf(
  json: string,
  read: (name: string) => Promise<Uint8Array>,
  options: LayersModelOptions = {},
): Promise<LayersModel> {
  const { source = "the model" } = options;
  return modelOf(await layersContent(json, read, source), { ...options, source });
}

function modelOf(content: LayersContent, options: LayersModelOptions & { readonly source: string }): LayersModel {
  const fault = tfjsFaults(options.source);
  if (content.problems.length > 0) {
    throw fault("has layers that cannot be read", content.problems.join("; "), readableLayers.join(", "));
  }
  const finder = new WeightFinder(content.weights, content.layers, fault);
  const built = assemble(content, finder, options, fault);
  finder.expectAllUsed();
  return built;
}

interface Built {
  readonly step: KerasStep;
  readonly flow: Flow;
}

function assemble(
  topology: LayersContent,
  finder: WeightFinder,
  options: LayersModelOptions,
  fault: TfjsFault,
): LayersModel {
  const shape = inputOf(topology, options, fault);
  const built: Built[] = [];
  // of each layer, the step that gives its value: −1 is the input
  const steps: number[] = [];
  const flows: Flow[] = [];
  for (const layer of topology.layers) {
    if (layer.kind === "InputLayer") {
      steps.push(-1);
      flows.push({ shape, joined: null, zeros: null });
      continue;
    }
    const inputs = layer.inputs.map((input) => flows[input]!);
    let step: Built;
    try {
      step = Object.hasOwn(merges, layer.kind) ? mergeOf(layer, inputs) : single(layer, inputs[0]!, finder);
    } catch (cause) {
      if ((cause as Error).name === "DataError") throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw fault(`has a layer that cannot be made: ${layer.kind} ${layer.name}`, reason, "options that fit", cause);
    }
    built.push({ ...step, step: { ...step.step, inputs: layer.inputs.map((input) => steps[input]!) } });
    steps.push(built.length - 1);
    flows.push(step.flow);
  }
  const place = steps[topology.output]!;
  if (place < 0) throw fault("is a model without layers", "an input", "layers");
  const last =
    options.logits && !topology.layers.some(({ inputs }) => inputs.includes(topology.output))
      ? scoresOf(built[place]!)
      : built[place]!;
  built[place] = last;
  const ends = plainly(last.flow, false, false);
  built.push({
    step: { inputs: [place], modules: [chainOf(ends.modules)], merge: null },
    flow: ends.flow,
  });
  return {
    model: joinedModel(built).eval(),
    inputShape: channelsFirst(shape),
    outputShape: channelsFirst(ends.flow.shape),
  };
}

/** [H, W, C] or [F], every size known. */
function inputOf(
  { inputShape }: Pick<LayersContent, "inputShape">,
  options: LayersModelOptions,
  fault: TfjsFault,
): readonly number[] {
  const asked = options.inputShape;
  const wanted = asked === undefined ? null : asked.length === 3 ? [asked[1]!, asked[2]!, asked[0]!] : asked;
  const shape = inputShape ?? wanted;
  const got = inputShape === null ? "no input shape" : `[${inputShape.map((size) => size ?? "any").join(", ")}]`;
  if (shape === null || (shape.length !== 1 && shape.length !== 3)) {
    throw fault("takes neither images nor features", got, "[H, W, C] or [F]");
  }
  const sizes = shape.map((size, axis) => size ?? wanted?.[axis] ?? null);
  if (sizes.some((size) => size === null)) throw fault("leaves its input's size open", got, "inputShape [C, H, W]");
  if (wanted !== null && String(wanted) !== String(sizes))
    throw fault("takes another input", got, `[${wanted.join(", ")}]`);
  return sizes as number[];
}

const channelsFirst = (shape: readonly number[]): readonly number[] =>
  shape.length === 3 ? [shape[2]!, shape[0]!, shape[1]!] : shape;

const chainOf = (modules: readonly Module[]): Module =>
  modules.length === 1 ? modules[0]! : modules.length === 0 ? new Identity() : new Sequential(...modules);

/** The scores behind a softmax or sigmoid that ends a model. */
function scoresOf(built: Built): Built {
  const { step, flow } = built;
  const [module] = step.modules;
  const chain = module instanceof Sequential ? module.modules : [module!];
  const end = chain.at(-1);
  if (step.merge !== null || !(end instanceof Softmax || end instanceof Sigmoid)) return built;
  const two = end instanceof Sigmoid && flow.shape.length === 1 && flow.shape[0] === 1;
  const kept = [...chain.slice(0, -1), ...(two ? [new TwoClassScores()] : [])];
  return { step: { ...step, modules: [chainOf(kept)] }, flow: two ? { ...flow, shape: [2] } : flow };
}

/** What a layer cannot take as it comes is brought into Keras' own form first. */
function plainly(flow: Flow, takesJoined: boolean, takesZeros: boolean): { modules: Module[]; flow: Flow } {
  const modules: Module[] = [];
  let { shape, joined, zeros } = flow;
  if (zeros !== null && !takesZeros) {
    const [height, width, channels] = shape;
    modules.push(new ZeroPadding(zeros));
    shape = [height! + zeros[0] + zeros[1], width! + zeros[2] + zeros[3], channels!];
    zeros = null;
  }
  if (joined !== null && !takesJoined) {
    const [height, width, channels] = joined;
    modules.push(new ChannelsLastReshape([channels, height, width], shape));
    joined = null;
  }
  return { modules, flow: { shape, joined, zeros } };
}

function single(layer: KerasLayer, input: Flow, finder: WeightFinder): Built {
  const rule = layerRules[layer.kind]!;
  const { modules, flow } = plainly(input, rule.takesJoined, rule.takesZeros);
  const weight = finder.of(layer);
  const result = rule.build({ config: layer.config, flow, weight });
  const module = chainOf([...modules, ...result.modules]);
  return { step: { inputs: [], modules: [module], merge: null }, flow: result.flow };
}

function mergeOf({ kind, config }: KerasLayer, inputs: readonly Flow[]): Built {
  const merge = merges[kind]!;
  const parts = inputs.map((flow) => plainly(flow, false, false));
  const shapes = parts.map(({ flow }) => flow.shape);
  const [first] = shapes as [readonly number[]];
  const shown = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
  if (inputs.length < 2 || shapes.some((shape) => shape.length !== first.length))
    throw new Unreadable(`it takes ${shown}`);
  let shape: number[];
  if (merge === "concatenate") {
    const axis = config.axis ?? -1;
    if (axis !== -1 && axis !== first.length) throw new Unreadable(`axis ${String(axis)}`);
    if (shapes.some((other) => String(other.slice(0, -1)) !== String(first.slice(0, -1))))
      throw new Unreadable(`it takes ${shown}`);
    shape = [...first.slice(0, -1), shapes.reduce((sum, other) => sum + other.at(-1)!, 0)];
  } else {
    shape = first.map((_, axis) => Math.max(...shapes.map((other) => other[axis]!)));
    const fits = shapes.every((other) => other.every((size, axis) => size === 1 || size === shape[axis]));
    if (!fits) throw new Unreadable(`it takes ${shown}`);
  }
  const modules = parts.map((part) => chainOf(part.modules));
  return { step: { inputs: [], modules, merge }, flow: { shape, joined: null, zeros: null } };
}

/** A Sequential where every step takes the one before; else a graph. */
function joinedModel(built: readonly Built[]): Module {
  const steps = built.map(({ step }) => step);
  const inLine = steps.every(({ inputs, merge }, index) => merge === null && inputs[0] === index - 1);
  if (!inLine) return new KerasGraph(steps, steps.length - 1);
  const modules = steps
    .flatMap((step) => step.modules)
    .flatMap((module) => (module instanceof Sequential ? module.modules : [module]));
  return new Sequential(...modules.filter((module) => !(module instanceof Identity)));
}
