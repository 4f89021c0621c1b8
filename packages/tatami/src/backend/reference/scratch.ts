// Working memory of a kernel in double precision, kept between calls so that running a program allocates nothing.

export class Scratch {
  #values = new Float64Array(0);

  /** At least `count` numbers, the first `count` of them `value`; valid until the next call. */
  filled(count: number, value = 0): Float64Array {
    if (this.#values.length < count) this.#values = new Float64Array(count);
    return this.#values.fill(value, 0, count);
  }
}
