// A variable that training changes. It knows how to draw its initial values, but not its name: that is its path in the
// model (module.ts).

import type { Tensor } from "../graph/tensor.ts";
import type { Random } from "../random/index.ts";
import type { Shape } from "../shape/shape.ts";
import { Variable } from "../tensor/variable.ts";
import { type Fans, fansOf, type Initializer, type InitializerFunction, initializerFunction } from "./initializer.ts";

export class Parameter extends Variable {
  readonly initializer: Initializer;
  readonly fans: Fans;
  /** optimisers leave it as it is; read when a step is traced. `module.freeze()` sets it */
  frozen = false;
  readonly #draw: InitializerFunction;
  #initialized = false;

  /**
   * @param shape of the values, float32
   * @param initializer what `initialize` draws them from
   * @param fans what the initialiser scales by; default: those of a weight of this shape. A bias takes its weight's.
   * @throws OptionError for an initialiser that is unknown or out of range
   */
  constructor(shape: Shape, initializer: Initializer, fans: Fans = fansOf(shape)) {
    super(shape);
    this.initializer = initializer;
    this.fans = fans;
    this.#draw = initializerFunction(initializer);
  }

  /** Whether it has been given values, by `initialize`, `set` or `assign`. */
  get initialized(): boolean {
    return this.#initialized;
  }

  /** Draws initial values. Usually the model calls this, with the stream of the parameter's path. */
  initialize(random: Random): void {
    this.set(this.#draw(this.shape, this.fans, random));
  }

  override set(values: ArrayLike<number>): void {
    super.set(values);
    this.#initialized = true;
  }

  override assign(value: Tensor): void {
    super.assign(value);
    this.#initialized = true;
  }
}
