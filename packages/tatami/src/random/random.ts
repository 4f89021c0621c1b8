// A sequence of random draws for host code: shuffling, sampling, augmentation, initial values. Its whole state is three
// numbers, so it can be saved in a checkpoint and restored exactly. There is no hidden global one: who draws passes one.
import { OptionError } from "../shape/errors.ts";
import { fillNormal, fillUniform, wordAt } from "./philox.ts";

/** Three unsigned 32-bit integers; `step` counts the draws made. */
export interface RandomState {
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
}

/**
 * A stable stream number from a name, such as a parameter's path or a purpose ("shuffle"): the 32-bit FNV-1a hash of its
 * UTF-8 bytes (Fowler, Noll and Vo).
 */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function checkWord(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw new OptionError(
      `Random: ${option} is out of range, got ${value}, expected an integer in [0, 2^32)`,
      option,
      value,
    );
  }
}

function checkBound(op: string, bound: number, bits: number): void {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** bits) {
    throw new OptionError(
      `${op}: bound is out of range, got ${bound}, expected an integer in [1, 2^${bits}]`,
      "bound",
      bound,
    );
  }
}

/** Random draws keyed by seed and stream. Every method is one draw: it uses one step, however many words it takes. */
export class Random {
  #seed: number;
  #stream: number;
  #step = 0;

  /**
   * @param seed integer in [0, 2³²)
   * @param stream integer in [0, 2³²): streams of one seed are independent of each other, see streamOf
   * @throws OptionError outside these ranges
   */
  constructor(seed: number, stream = 0) {
    checkWord("seed", seed);
    checkWord("stream", stream);
    this.#seed = seed;
    this.#stream = stream;
  }

  /** All there is to save; assigning a saved state continues exactly where it was taken. */
  get state(): RandomState {
    return { seed: this.#seed, stream: this.#stream, step: this.#step };
  }

  set state({ seed, stream, step }: RandomState) {
    checkWord("seed", seed);
    checkWord("stream", stream);
    checkWord("step", step);
    this.#seed = seed;
    this.#stream = stream;
    this.#step = step;
  }

  /** One uniform number in [0, 1), with 24 random bits. */
  uniform(): number {
    return (wordAt(this.#nextKey(), 0) >>> 8) * 2 ** -24;
  }

  /** Fills `out` with uniform numbers in [low, high). */
  uniformInto(out: Float32Array, low = 0, high = 1): void {
    fillUniform(out, this.#nextKey(), low, high - low);
  }

  /** Fills `out` with normal numbers. */
  normalInto(out: Float32Array, mean = 0, std = 1): void {
    fillNormal(out, this.#nextKey(), mean, std);
  }

  /**
   * A uniform integer in [0, bound).
   * @param bound integer in [1, 2³²]
   * @throws OptionError outside this range
   */
  integer(bound: number): number {
    checkBound("integer", bound, 32);
    return below(bound, wordsOf(this.#nextKey()));
  }

  /**
   * Fills `out` with uniform integers in [0, bound): one draw, like permutation.
   * @param bound integer in [1, 2³¹]
   * @throws OptionError outside this range
   */
  integersInto(out: Int32Array, bound: number): void {
    checkBound("integersInto", bound, 31);
    const nextWord = wordsOf(this.#nextKey());
    for (let index = 0; index < out.length; index++) out[index] = below(bound, nextWord);
  }

  /**
   * The integers [0, length) in random order: Fisher and Yates's shuffle (Durstenfeld 1964).
   * @param length integer in [0, 2³¹)
   * @throws OptionError outside this range
   */
  permutation(length: number): Int32Array {
    if (!Number.isInteger(length) || length < 0 || length >= 2 ** 31) {
      throw new OptionError(
        `permutation: length is out of range, got ${length}, expected an integer in [0, 2^31)`,
        "length",
        length,
      );
    }
    const order = Int32Array.from({ length }, (_, index) => index);
    const nextWord = wordsOf(this.#nextKey());
    for (let last = length - 1; last > 0; last--) {
      const other = below(last + 1, nextWord);
      const swapped = order[last];
      order[last] = order[other];
      order[other] = swapped;
    }
    return order;
  }

  #nextKey(): readonly number[] {
    const key = [this.#seed, this.#stream, this.#step];
    this.#step = (this.#step + 1) >>> 0;
    return key;
  }
}

/** The words of one draw, one after the other. */
function wordsOf(key: readonly number[]): () => number {
  let index = 0;
  return () => wordAt(key, index++);
}

/** A word modulo `bound`; the last, incomplete round of remainders below 2³² is drawn again, or small ones were likelier. */
function below(bound: number, nextWord: () => number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  let word = nextWord();
  while (word >= limit) word = nextWord();
  return word % bound;
}
