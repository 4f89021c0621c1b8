// Layers as plain data and back: what a model file holds of the architecture. Weights are not part of it, and neither are
// hooks; classes of a user's own cannot be, because their code is theirs.
import { DataError, OptionError } from "../shape/errors.ts";
import type { Variable } from "../tensor/variable.ts";
import { described, type LayerDescription, type LayerFields } from "./described-layers.ts";
import type { AnyModule, Module } from "./module.ts";
import { Sequential } from "./sequential.ts";

export type { LayerDescription, LayerFields } from "./described-layers.ts";

/** Sequentials within Sequentials, far more than anybody nests, so that a file cannot exhaust the stack. */
const maximumDepth = 64;

/** Layers without weights cost memory, and next to nothing in a file. */
const maximumLayers = 65_536;

/**
 * What it takes to make the module again with `build`: JSON of its class and options, down to the last layer.
 * @throws OptionError, naming class and place, for modules that are not of nn, and for one whose weights are used twice
 */
export function describe(module: AnyModule): LayerDescription {
  return describeAt(module, "", new Set());
}

function describeAt(module: AnyModule, path: string, seen: Set<Variable>): LayerDescription {
  const place = path === "" ? "the model" : `module ${path}`;
  const made: { readonly name: string } = module.constructor;
  if (made === Sequential) {
    const modules = module.namedChildren().map(([name, child]) => {
      return describeAt(child, path === "" ? name : `${path}.${name}`, seen);
    });
    return { type: "Sequential", modules };
  }
  const name = Object.keys(described).find((key) => made === described[key]!.module);
  if (name === undefined) {
    throw new OptionError(
      `describe: ${place} is of a class that a file cannot describe, got ${made.name}, expected layers of nn in Sequential; save its weights alone and load them into a new ${made.name}`,
      "module",
      made.name,
    );
  }
  // a layer without weights may stand in several places: each becomes one of its own
  for (const [variableName, variable] of [...module.namedParameters(), ...module.namedBuffers()]) {
    if (seen.has(variable)) {
      throw new OptionError(
        `describe: ${place} shares its ${variableName} with one before it, got ${name}, expected layers with weights of their own`,
        "module",
        path,
      );
    }
    seen.add(variable);
  }
  return { type: name, ...described[name]!.read(module) };
}

export interface BuildOptions {
  /** where the description comes from, for messages; default "the description" */
  source?: string | undefined;
  /** how many elements the weights may have in all, before any are made; default any number */
  mostElements?: number | undefined;
}

/**
 * The module that `describe` described, not initialised.
 * @param description of unknown origin, such as parsed JSON
 * @throws DataError where it does not describe layers of nn, names options they do not have, or wants more weights than
 * allowed
 */
export function build(description: unknown, options: BuildOptions = {}): Module {
  const { source = "the description", mostElements = Number.POSITIVE_INFINITY } = options;
  let elements = 0;
  let layers = 0;
  const fault = (what: string, got: string, expected: string, cause?: unknown): DataError =>
    new DataError(`build: ${source} ${what}, got ${got}, expected ${expected}`, source, { cause });

  const buildAt = (value: unknown, path: string, depth: number): Module => {
    const place = path === "" ? "" : ` at ${path}`;
    if (depth > maximumDepth) throw fault("is nested too deeply", `${depth} levels`, `at most ${maximumDepth}`);
    if (++layers > maximumLayers) throw fault("has too many layers", `${layers}`, `at most ${maximumLayers}`);
    if (!isFields(value) || typeof value.type !== "string") {
      throw fault(`has no layer${place}`, short(value), "an object with the type of a layer");
    }
    const { type, ...fields } = value;
    if (type === "Sequential") {
      const { modules, ...others } = fields;
      if (!Array.isArray(modules) || Object.keys(others).length > 0) {
        throw fault(
          `has a damaged Sequential${place}`,
          short(Object.keys(fields)),
          "modules, a list, and nothing else",
        );
      }
      const children: unknown[] = modules;
      return new Sequential(
        ...children.map((child, index) => buildAt(child, `${path === "" ? "" : `${path}.`}${index}`, depth + 1)),
      );
    }
    const layer = Object.hasOwn(described, type) ? described[type as string] : undefined;
    if (layer === undefined) {
      throw fault(
        `has an unknown layer${place}`,
        short(type),
        `one of Sequential, ${Object.keys(described).join(", ")}`,
      );
    }
    const wrong = layer.wrong(fields);
    if (wrong !== null) {
      throw fault(`has a ${type} with a wrong ${wrong.field}${place}`, short(wrong.value), wrong.expected);
    }
    elements += layer.elements(fields);
    if (!(elements <= mostElements)) {
      throw fault(`has more weights than there are${place}`, `${elements}`, `at most ${mostElements}`);
    }
    try {
      return layer.make(fields);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw fault(`has a ${type} that cannot be made${place}`, reason, "options in range", cause);
    }
  };
  return buildAt(description, "", 0);
}

function isFields(value: unknown): value is LayerFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  const list = Array.isArray(value) ? value.slice(0, 8) : value;
  const text = isFields(list) ? "an object" : (JSON.stringify(list) ?? String(list));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
