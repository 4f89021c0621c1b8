// What Keras' layers do that no layer of nn does, as modules: each can be trained and evaluated, but not be described in a
// model file, whose layers are those of nn.
import { type AnyModule, Module } from "tatamijs/nn";
import { add, concat, maximum, minimum, mul, pad, relu, reshape, sub, transpose } from "tatamijs/ops";
import type { Tensor } from "tatamijs/tensor";

/** Rows and columns of zeros around images where the next layer cannot add them itself. */
export class ZeroPadding extends Module {
  readonly sides: readonly [top: number, bottom: number, left: number, right: number];

  constructor(sides: readonly [number, number, number, number]) {
    super();
    this.sides = sides;
  }

  /** @param x [N, C, H, W] */
  override forward(x: Tensor): Tensor {
    const [top, bottom, left, right] = this.sides;
    return pad(x, [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ]);
  }
}

/** max(0, min(x, limit)). */
export class ClippedReLU extends Module {
  readonly limit: number;

  constructor(limit: number) {
    super();
    this.limit = limit;
  }

  override forward(x: Tensor): Tensor {
    return minimum(relu(x), this.limit);
  }
}

/** Puts values into another shape as TensorFlow orders them, channels last, whatever the ranks. */
export class ChannelsLastReshape extends Module {
  /** [C, H, W] or [F] of what comes in */
  readonly from: readonly number[];
  /** [H, W, C] or [F] of what goes out, in Keras' order */
  readonly to: readonly number[];

  constructor(from: readonly number[], to: readonly number[]) {
    super();
    this.from = from;
    this.to = to;
  }

  /** @param x [N, C, H, W] or [N, F] */
  override forward(x: Tensor): Tensor {
    const last = this.from.length === 3 ? transpose(reshape(x, [-1, ...this.from]), [0, 2, 3, 1]) : x;
    const shaped = reshape(last, [-1, ...this.to]);
    return this.to.length === 3 ? transpose(shaped, [0, 3, 1, 2]) : shaped;
  }
}

/** Scores of two classes from that of the second, whose sigmoid is its probability. */
export class TwoClassScores extends Module {
  /** @param x [N, 1]. @returns [N, 2] */
  override forward(x: Tensor): Tensor {
    return concat([mul(x, 0), x], 1);
  }
}

export type MergeKind = "add" | "subtract" | "multiply" | "average" | "maximum" | "minimum" | "concatenate";

export interface KerasStep {
  /** places of the steps it takes; −1 is the model's input */
  readonly inputs: readonly number[];
  /** what becomes of each input before they are merged; of the only one where nothing is merged */
  readonly modules: readonly Module[];
  readonly merge: MergeKind | null;
}

/** A model whose layers are not one after the other: residual and dense connections. */
export class KerasGraph extends Module {
  readonly layers: readonly Module[];
  readonly #steps: readonly {
    readonly inputs: readonly number[];
    readonly merge: MergeKind | null;
    readonly first: number;
  }[];
  readonly #output: number;

  /** @param steps each takes results of those before it. @param output place of the step that is the result */
  constructor(steps: readonly KerasStep[], output: number) {
    super();
    this.layers = steps.flatMap(({ modules }) => modules);
    let first = 0;
    this.#steps = steps.map(({ inputs, merge, modules }) => {
      first += modules.length;
      return { inputs, merge, first: first - modules.length };
    });
    this.#output = output;
  }

  override forward(x: Tensor): Tensor {
    const results: Tensor[] = [];
    for (const { inputs, merge, first } of this.#steps) {
      const parts = inputs.map((input, index) => this.layers[first + index]!.call(input < 0 ? x : results[input]!));
      results.push(merge === null ? parts[0]! : merged(merge, parts));
    }
    return results[this.#output]!;
  }

  override namedChildren(): [string, AnyModule][] {
    return this.layers.map((layer, index) => [String(index), layer]);
  }
}

const pairwise = { add, subtract: sub, multiply: mul, maximum, minimum };

/** @param parts [N, C, H, W] or [N, F], of shapes that go together */
function merged(kind: MergeKind, parts: readonly Tensor[]): Tensor {
  if (kind === "concatenate") return concat(parts, 1);
  if (kind === "average")
    return mul(
      parts.reduce((sum, part) => add(sum, part)),
      1 / parts.length,
    );
  return parts.reduce((left, right) => pairwise[kind](left, right));
}
