// The exponential moving average of weights (Polyak and Juditsky 1992; PyTorch's AveragedModel with get_ema_multi_avg_fn):
// a second, calmer set of values beside those that learn.
import { add, equal, mul, sub, where } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { compute } from "../tensor/compute.ts";
import { Variable } from "../tensor/variable.ts";
import { expectRange } from "./optimizer.ts";

export interface WeightAverageOptions {
  /** how much of the average stays in a step, in [0, 1); default 0.999 */
  decay?: number | undefined;
}

export class WeightAverage {
  readonly decay: number;
  readonly #parameters: readonly Variable[];
  readonly #averages: readonly Variable[];
  readonly #count = new Variable([]);

  /**
   * @param parameters those to be averaged, such as model.parameters()
   * @throws OptionError for a decay out of range, or no parameters
   */
  constructor(parameters: readonly Variable[], { decay = 0.999 }: WeightAverageOptions = {}) {
    expectRange("WeightAverage", "decay", decay, decay >= 0 && decay < 1, "a number in [0, 1)");
    if (parameters.length === 0) {
      throw new OptionError("WeightAverage: there are no parameters, got [], expected at least one", "parameters", []);
    }
    this.decay = decay;
    this.#parameters = parameters;
    this.#averages = parameters.map(({ shape }) => new Variable(shape));
  }

  /**
   * average ← decay · average + (1 − decay) · value, the first time value itself. To be called after the optimiser's step;
   * inside a compiled function it is part of the Program.
   */
  update(): void {
    const stays = where(equal(this.#count, 0), 0, this.decay);
    const comes = sub(1, stays);
    this.#averages.forEach((average, index) => {
      average.assign(add(mul(average, stays), mul(this.#parameters[index], comes)));
    });
    this.#count.assign(add(this.#count, 1));
  }

  /** Runs `build`, in which the parameters read as their averages: a model evaluates with them. Nothing is copied. */
  reading<T>(build: () => T): T {
    const own = this.#parameters.map(({ node }) => node);
    this.#parameters.forEach((parameter, index) => {
      parameter.node = this.#averages[index].node;
    });
    try {
      return build();
    } finally {
      this.#parameters.forEach((parameter, index) => {
        parameter.node = own[index];
      });
    }
  }

  /**
   * Gives the parameters the averages, and the averages what the parameters had: once to use or save the averages, and
   * again to go on training.
   * @throws Error before the first update
   */
  async swap(): Promise<void> {
    await compute([]);
    if (this.#count.values()[0] === 0) {
      throw new Error("WeightAverage: there is no average yet, got no update, expected at least one");
    }
    this.#parameters.forEach((parameter, index) => {
      const average = this.#averages[index];
      const values = parameter.values().slice();
      parameter.set(average.values());
      average.set(values);
    });
  }

  /** What is remembered between steps, by name: "count", and "0" for the average of the first of the parameters. */
  slots(): [string, Variable][] {
    return [
      ["count", this.#count],
      ...this.#averages.map((average, index): [string, Variable] => [`${index}`, average]),
    ];
  }
}
