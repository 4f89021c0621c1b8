// Layers models of TensorFlow.js as modules: model.json and its weights become layers of nn with the same outputs. What is
// trained further here stays here: nothing is written in this format.
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { Identity, type Module, Sequential } from "tatamijs/nn";
import { isJson, type TfjsFault, tfjsFaults } from "./fault.ts";
import { ChannelsLastReshape, KerasGraph, type KerasStep, type MergeKind, ZeroPadding } from "./keras-modules.ts";
import { Unreadable } from "./layer-options.ts";
import { type Flow, layerRules } from "./layer-rules.ts";
import { readWeights } from "./manifest.ts";
import { type KerasLayer, readTopology, type Topology } from "./topology.ts";
import { WeightFinder } from "./weight-finder.ts";

export interface LayersModelOptions {
  /** [C, H, W] or [F], where the file leaves sizes open; default: what the file says */
  inputShape?: readonly number[] | undefined;
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

/** A topology of more text is none. */
const mostJsonBytes = 2 ** 28;
/** As long as one file of weights may be. */
const mostWeightBytes = 2 ** 31;

/**
 * A model from the folder of its model.json, as `model.save("file://…")` and tensorflowjs_converter write it. It takes images
 * [N, C, H, W] and gives what TensorFlow.js gives for the same images as [N, H, W, C].
 * @param path of the model.json
 * @throws DataError where files are missing, damaged or lie elsewhere, and naming all layers at once that cannot be read
 */
export async function loadLayersModel(path: string, options: LayersModelOptions = {}): Promise<LayersModel> {
  const { source = path } = options;
  const fault = tfjsFaults(source);
  const text = new TextDecoder().decode(await fileOf(path, mostJsonBytes, fault));
  const folder = await realpath(dirname(path));
  const read = async (name: string): Promise<Uint8Array> => {
    const file = join(folder, name);
    const real = await realpath(file).catch((cause: Error) => {
      throw fault("lacks weights", JSON.stringify(cause.message), `the file ${name}`, cause);
    });
    const way = relative(folder, real);
    if (way === ".." || way.startsWith(`..${sep}`)) throw fault("has a link that leads out", name, "files beside it");
    return fileOf(real, mostWeightBytes, fault);
  };
  return layersModelOf(text, read, { ...options, source });
}

async function fileOf(path: string, mostBytes: number, fault: TfjsFault): Promise<Uint8Array> {
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new Error("a folder, pipe or device");
    if (status.size > mostBytes) throw new Error(`${status.size} bytes`);
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fault("cannot be read", JSON.stringify(reason), `a file ${path} of at most ${mostBytes} bytes`, cause);
  }
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
  const fault = tfjsFaults(options.source ?? "the model");
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw fault("is no model.json", `${json.length} characters`, "JSON", cause);
  }
  if (!isJson(parsed) || parsed.modelTopology === undefined) {
    throw fault("is no layers model", "no modelTopology", "a model.json of TensorFlow.js");
  }
  if (parsed.format === "graph-model") {
    throw fault("is a graph model", "operations without layers", "a layers model, as Keras models become");
  }
  const topology = readTopology(parsed.modelTopology, fault);
  refuseUnreadable(topology, fault);
  const finder = new WeightFinder(await readWeights(parsed.weightsManifest, read, fault), topology.layers, fault);
  const built = assemble(topology, finder, options, fault);
  finder.expectAllUsed();
  return built;
}

const merges: Readonly<Record<string, MergeKind>> = {
  Add: "add",
  Average: "average",
  Concatenate: "concatenate",
  Maximum: "maximum",
  Minimum: "minimum",
  Multiply: "multiply",
  Subtract: "subtract",
};

/** @throws DataError that names every layer that cannot be read */
function refuseUnreadable({ layers, problems }: Topology, fault: TfjsFault): void {
  const found = [...problems];
  for (const { name, kind, config, inputs } of layers) {
    if (kind === "InputLayer" || Object.hasOwn(merges, kind)) continue;
    const rule = Object.hasOwn(layerRules, kind) ? layerRules[kind] : undefined;
    const why =
      rule === undefined
        ? ""
        : inputs.length !== 1
          ? `takes ${inputs.length} inputs`
          : reasonOf(() => rule.check(config));
    if (why !== null) found.push(`${kind} ${name}${why === "" ? "" : `: ${why}`}`);
  }
  if (found.length === 0) return;
  const known = [...Object.keys(layerRules), ...Object.keys(merges)].sort();
  throw fault("has layers that cannot be read", found.join("; "), known.join(", "));
}

/** Why a layer cannot be read, null where it can. */
function reasonOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

interface Built {
  readonly step: KerasStep;
  readonly flow: Flow;
}

function assemble(
  topology: Topology,
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
  const ends = plainly(flows[topology.output]!, false, false);
  if (steps[topology.output]! < 0) throw fault("is a model without layers", "an input", "layers");
  built.push({
    step: { inputs: [steps[topology.output]!], modules: [chainOf(ends.modules)], merge: null },
    flow: ends.flow,
  });
  return {
    model: modelOf(built).eval(),
    inputShape: channelsFirst(shape),
    outputShape: channelsFirst(ends.flow.shape),
  };
}

/** [H, W, C] or [F], every size known. */
function inputOf({ inputShape }: Topology, options: LayersModelOptions, fault: TfjsFault): readonly number[] {
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
function modelOf(built: readonly Built[]): Module {
  const steps = built.map(({ step }) => step);
  const inLine = steps.every(({ inputs, merge }, index) => merge === null && inputs[0] === index - 1);
  if (!inLine) return new KerasGraph(steps, steps.length - 1);
  const modules = steps
    .flatMap((step) => step.modules)
    .flatMap((module) => (module instanceof Sequential ? module.modules : [module]));
  return new Sequential(...modules.filter((module) => !(module instanceof Identity)));
}
