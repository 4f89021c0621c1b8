// What is in a layers model's files: its layers, whether they can be read, and its weights. Nothing is built yet: who only looks
// sees models too that cannot be.
import { realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileBytes } from "../read-image.ts";
import { isJson, tfjsFaults } from "./fault.ts";
import type { MergeKind } from "./keras-modules.ts";
import { Unreadable } from "./layer-options.ts";
import { layerRules } from "./layer-rules.ts";
import { readWeights, type Weight } from "./manifest.ts";
import { readTopology, type Topology } from "./topology.ts";

export interface LayersContent extends Topology {
  /** what wrote it, such as "keras v2.15.0"; "" where it does not say */
  readonly generatedBy: string;
  /** by name, in the order of the file */
  readonly weights: ReadonlyMap<string, Weight>;
}

/**
 * The content of a model.json and of the weights in its folder.
 * @throws DataError where files are missing, damaged or lie elsewhere
 */
export async function layersFile(path: string, source = path): Promise<LayersContent> {
  const fault = tfjsFaults(source);
  const text = new TextDecoder().decode(await fileBytes(path, source));
  const folder = await realpath(dirname(path));
  const read = async (name: string): Promise<Uint8Array> => {
    const file = join(folder, name);
    const real = await realpath(file).catch((cause: Error) => {
      throw fault("lacks weights", JSON.stringify(cause.message), `the file ${name}`, cause);
    });
    const way = relative(folder, real);
    if (way === ".." || way.startsWith(`..${sep}`)) throw fault("has a link that leads out", name, "files beside it");
    return fileBytes(real, join(dirname(source), name));
  };
  return layersContent(text, read, source);
}

/** As `layersFile`, from wherever the files are. */
export async function layersContent(
  json: string,
  read: (name: string) => Promise<Uint8Array>,
  source: string,
): Promise<LayersContent> {
  const fault = tfjsFaults(source);
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
  const weights = await readWeights(parsed.weightsManifest, read, fault);
  const generatedBy = typeof parsed.generatedBy === "string" ? parsed.generatedBy : "";
  return { ...topology, problems: problemsOf(topology), weights, generatedBy };
}

export const merges: Readonly<Record<string, MergeKind>> = {
  Add: "add",
  Average: "average",
  Concatenate: "concatenate",
  Maximum: "maximum",
  Minimum: "minimum",
  Multiply: "multiply",
  Subtract: "subtract",
};

/** Their classes' names. */
export const readableLayers = [...Object.keys(layerRules), ...Object.keys(merges)].sort();

/** Every layer that cannot be read, and why. */
function problemsOf({ layers, problems }: Topology): string[] {
  const found = [...problems];
  for (const { name, kind, config, inputs } of layers) {
    if (kind === "InputLayer" || Object.hasOwn(merges, kind)) continue;
    const rule = Object.hasOwn(layerRules, kind) ? layerRules[kind] : undefined;
    const many = inputs.length !== 1 ? `takes ${inputs.length} inputs` : null;
    const why = rule === undefined ? "" : (many ?? reasonOf(() => rule.check(config)));
    if (why !== null) found.push(`${kind} ${name}${why === "" ? "" : `: ${why}`}`);
  }
  return found;
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
