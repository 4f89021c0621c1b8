// What all optimisers share: parameters in groups with options of their own, learning rates that can change while a
// compiled step runs on, slots, penalties, and the count of steps. The formulas are one file each.
import type { Tensor } from "../graph/tensor.ts";
import { Parameter } from "../nn/parameter.ts";
import { add, mul, sign } from "../ops/index.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, sameShape } from "../shape/shape.ts";
import { Variable } from "../tensor/variable.ts";

export interface OptimizerOptions {
  /** learning rate, > 0 */
  lr?: number | undefined;
  /** adds weightDecay · value to the gradient (the penalty ½ · weightDecay · Σ value²), ≥ 0; default 0 */
  weightDecay?: number | undefined;
  /** adds l1 · sign(value) to the gradient (the penalty l1 · Σ |value|), ≥ 0; default 0 */
  l1?: number | undefined;
}

/** Parameters with options of their own; what is left out is taken from the optimiser's options. */
export type ParameterGroup<Options> = Options & { readonly params: readonly Variable[] };

/** What an optimiser changes: parameters, or groups of them. */
export type Params<Options> = readonly Variable[] | readonly ParameterGroup<Options>[];

/** Every option with a value. */
export type Complete<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };

/** One parameter in one step. Slots are variables to be read and assigned. */
export interface Update<Options> {
  readonly value: Tensor;
  /** penalties included */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Variable>>;
  /** scalar: the group's learning rate */
  readonly rate: Tensor;
  /** scalar: 1 in the first step */
  readonly count: Tensor;
  readonly options: Complete<Options>;
}

export interface OptimizerSettings {
  readonly optimizer: string;
  readonly groups: readonly Readonly<Record<string, unknown>>[];
}

interface Group<Options> {
  readonly options: Complete<Options>;
  readonly rate: Variable;
  readonly members: readonly { readonly parameter: Variable; readonly slots: Readonly<Record<string, Variable>> }[];
  learningRate: number;
}

export abstract class Optimizer<Options extends OptimizerOptions> {
  /** of the optimiser, for messages */
  protected readonly name: string;
  readonly #groups: readonly Group<Options>[];
  readonly #count = new Variable([]);

  /** @throws OptionError for an option out of range, no parameters, or one that is given twice */
  constructor(name: string, params: Params<Options>, defaults: Complete<Options>, options: Options) {
    this.name = name;
    this.#groups = groupsOf(params).map(({ params: members, ...own }) => {
      const complete: Complete<Options> = { ...defaults, ...withoutUndefined(options), ...withoutUndefined(own) };
      const { lr, weightDecay, l1 } = complete;
      expectRange(name, "lr", lr, lr > 0, "more than 0");
      expectRange(name, "weightDecay", weightDecay, weightDecay >= 0, "at least 0");
      expectRange(name, "l1", l1, l1 >= 0, "at least 0");
      this.checkOptions(complete);
      const starts = Object.entries(this.slotsFor(complete));
      return {
        options: complete,
        rate: new Variable([], "float32", [lr]),
        learningRate: lr,
        members: members.map((parameter) => ({
          parameter,
          slots: Object.fromEntries(starts.map(([slot, start]) => [slot, filled(parameter, start)])),
        })),
      };
    });
    const all = this.#groups.flatMap((group) => group.members.map(({ parameter }) => parameter));
    if (all.length === 0) {
      throw new OptionError(`${name}: there are no parameters, got [], expected at least one`, "params", params);
    }
    if (new Set(all).size !== all.length) {
      throw new OptionError(`${name}: a parameter is given twice, expected each once`, "params", params);
    }
  }

  /** All parameters that are not frozen, group by group: the order `step` expects gradients in. */
  get parameters(): readonly Variable[] {
    const members = this.#groups.flatMap((group) => group.members.map(({ parameter }) => parameter));
    const learning = members.filter((parameter) => !isFrozen(parameter));
    if (learning.length === 0) {
      throw new OptionError(
        `${this.name}: every parameter is frozen, got ${members.length} of ${members.length}, expected one that learns`,
        "params",
        members,
      );
    }
    return learning;
  }

  /** Its name and the options of each group: what two runs have to agree on for one to go on as the other. */
  get settings(): OptimizerSettings {
    const groups = this.#groups.map(({ options, members }) => ({ ...options, parameters: members.length }));
    return { optimizer: this.name, groups };
  }

  /** One number a group. Setting them changes compiled steps too, without compiling again. */
  get learningRates(): readonly number[] {
    return this.#groups.map((group) => group.learningRate);
  }

  /** @throws OptionError unless there is one number ≥ 0 for each group (0 stands still) */
  set learningRates(rates: readonly number[]) {
    if (rates.length !== this.#groups.length || !rates.every((rate) => rate >= 0)) {
      throw new OptionError(
        `${this.name}: learningRates do not fit, got [${rates.join(", ")}], expected one of at least 0 for each of the groups (${this.#groups.length})`,
        "learningRates",
        rates,
      );
    }
    this.#groups.forEach((group, index) => {
      group.learningRate = rates[index];
      group.rate.set([rates[index]]);
    });
  }

  /**
   * One step: assigns every parameter and slot its new value. Inside a compiled function these are in-place updates.
   * @param gradients of the loss, one for each of `parameters`
   * @throws ShapeError when their number or a shape differs
   */
  step(gradients: readonly Tensor[]): void {
    this.#expectGradients(gradients);
    const count = add(this.#count, 1);
    let index = 0;
    for (const { options, rate, members } of this.#groups) {
      for (const { parameter, slots } of members) {
        if (isFrozen(parameter)) continue;
        const gradient = this.penalized(gradients[index++], parameter, options);
        parameter.assign(this.update({ value: parameter, gradient, slots, rate, count, options }));
      }
    }
    this.#count.assign(count);
  }

  /** What is remembered between steps, by name: "step", and such as "0.velocity" for the first of `parameters`. */
  slots(): [string, Variable][] {
    const members = this.#groups.flatMap((group) => group.members);
    return [
      ["step", this.#count],
      ...members.flatMap(({ slots }, index) =>
        Object.entries(slots).map(([name, slot]): [string, Variable] => [`${index}.${name}`, slot]),
      ),
    ];
  }

  /** The names of each parameter's slots and what they start at. */
  protected abstract slotsFor(options: Complete<Options>): Readonly<Record<string, number>>;

  /** The parameter's new value; assigns its slots on the way. */
  protected abstract update(update: Update<Options>): Tensor;

  /** @throws OptionError when one of the optimiser's own options is out of range */
  protected abstract checkOptions(options: Complete<Options>): void;

  /** d(loss + ½ · weightDecay · Σ w² + l1 · Σ |w|) = gradient + weightDecay · w + l1 · sign(w) */
  protected penalized(gradient: Tensor, value: Tensor, options: Complete<OptimizerOptions>): Tensor {
    const { weightDecay, l1 } = options;
    const ridge = weightDecay === 0 ? gradient : add(gradient, mul(value, weightDecay));
    return l1 === 0 ? ridge : add(ridge, mul(sign(value), l1));
  }

  #expectGradients(gradients: readonly Tensor[]): void {
    const { parameters } = this;
    if (gradients.length !== parameters.length) {
      throw new ShapeError(
        `${this.name}: number of gradients differs, got ${gradients.length}, expected ${parameters.length}`,
      );
    }
    parameters.forEach(({ shape }, index) => {
      if (!sameShape(gradients[index].shape, shape)) {
        throw new ShapeError(
          `${this.name}: gradient ${index} has the wrong shape, got ${formatShape(gradients[index].shape)}, expected ${formatShape(shape)}`,
          gradients[index].shape,
          shape,
        );
      }
    });
  }
}

function isFrozen(parameter: Variable): boolean {
  return parameter instanceof Parameter && parameter.frozen;
}

/** @throws OptionError unless `inRange` */
export function expectRange(name: string, option: string, value: unknown, inRange: boolean, expected: string): void {
  if (!inRange) {
    const got = typeof value === "object" ? JSON.stringify(value) : String(value);
    throw new OptionError(`${name}: ${option} is out of range, got ${got}, expected ${expected}`, option, value);
  }
}

function groupsOf<Options>(params: Params<Options>): readonly ParameterGroup<Options>[] {
  const isGroup = (entry: Variable | ParameterGroup<Options>): entry is ParameterGroup<Options> => "params" in entry;
  const groups = params.filter(isGroup);
  return groups.length > 0 ? groups : [{ params: params as readonly Variable[] } as ParameterGroup<Options>];
}

/** Options given as undefined count as left out. */
function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function filled(like: Variable, value: number): Variable {
  const slot = new Variable(like.shape);
  if (value !== 0) slot.set(new Float32Array(slot.values().length).fill(value));
  return slot;
}
