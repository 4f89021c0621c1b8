// Which of the manifest's weights are whose. Names are a layer's and a weight's ("conv2d/kernel"), with scopes of models around
// them or a cell between; files of Keras 3 number a layer's weights ("conv2d/vars/0").
import { shown, type TfjsFault } from "./fault.ts";
import type { LayerContext } from "./layer-rules.ts";
import type { Weight } from "./manifest.ts";
import type { KerasLayer } from "./topology.ts";

/** Parts of paths in Keras 3's files that name no layer. */
const structure = ["vars", "layers", "layer_checkpoint_dependencies", "functional", "sequential"];

export class WeightFinder {
  readonly #weights: ReadonlyMap<string, Weight>;
  readonly #fault: TfjsFault;
  readonly #left: Set<string>;
  /** names in Keras 3's files, which count layers of a class: conv2d, conv2d_1 */
  readonly #counted = new Map<KerasLayer, string>();

  constructor(weights: ReadonlyMap<string, Weight>, layers: readonly KerasLayer[], fault: TfjsFault) {
    this.#weights = weights;
    this.#fault = fault;
    this.#left = new Set(weights.keys());
    const counts = new Map<string, number>();
    for (const layer of [...layers].sort((left, right) => left.declared - right.declared)) {
      const name = snakeCase(layer.kind);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      this.#counted.set(layer, count === 0 ? name : `${name}_${count}`);
    }
  }

  /** The weights of a layer, each to be taken once. */
  of(layer: KerasLayer): LayerContext["weight"] {
    return (name, place, shape) => {
      const found = this.#names(layer, name, place);
      const [key] = found;
      if (key === undefined || found.length > 1) {
        const got = found.length > 1 ? found.slice(0, 4).join(" and ") : "none";
        throw this.#fault(`lacks the ${name} of ${layer.kind} ${layer.name}`, got, `${layer.name}/${name}`);
      }
      const weight = this.#weights.get(key)!;
      const size = (of: readonly number[]): number => of.reduce((product, length) => product * length, 1);
      if (String(weight.shape) !== String(shape) || size(weight.shape) !== weight.values.length) {
        throw this.#fault(`has a weight of another shape: ${key}`, shown(weight.shape), shown(shape));
      }
      this.#left.delete(key);
      return weight;
    };
  }

  #names(layer: KerasLayer, name: string, place: number): string[] {
    const exact = `${layer.name}/${name}`;
    if (this.#left.has(exact)) return [exact];
    const left = [...this.#left].map((key) => [key, key.replace(/:0$/, "")] as const);
    const named = left.filter(
      ([, path]) =>
        path.endsWith(`/${name}`) && (path.startsWith(`${layer.name}/`) || path.includes(`/${layer.name}/`)),
    );
    if (named.length > 0) return named.map(([key]) => key);
    const numbered = (owner: string): string[] =>
      left.filter(([, path]) => plainPath(path) === `${owner}/${place}`).map(([key]) => key);
    const own = numbered(layer.name);
    return own.length > 0 ? own : numbered(this.#counted.get(layer)!);
  }

  /** @throws DataError where weights are left: the topology is then not that of the weights */
  expectAllUsed(): void {
    if (this.#left.size === 0) return;
    const names = [...this.#left].slice(0, 8).join(", ");
    throw this.#fault("has weights that no layer takes", names, "as many as its layers have");
  }
}

function plainPath(path: string): string {
  const parts = path.split("/").map((part) => part.replace(/^_/, ""));
  return parts.filter((part) => !structure.includes(part)).join("/");
}

/** As Keras 3 names what it stores: Conv2D is conv2d, BatchNormalization batch_normalization. */
function snakeCase(kind: string): string {
  return kind
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
