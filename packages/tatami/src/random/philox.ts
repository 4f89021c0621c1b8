// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): a word depends only on its key and counter, so any element can be made at any time, by any thread.
// kernels/ holds the same rules in C. No state here; random/random.ts counts the steps.
//
// The convention all backends share
//   key         (seed, stream)
//   counter     (block, step, 0, 0)
//   element i   takes word i mod 4 of block ⌊i / 4⌋
//   uniform     u = (word >>> 8) · 2⁻²⁴, in [0, 1), then low + spread · u, both operations rounded to float32
//   normal      Box-Muller on the words (0, 1) and (2, 3) of a block: u₁ = ((w₀ >>> 8) + 1) · 2⁻²⁴, in (0, 1],
//               u₂ = (w₁ >>> 8) · 2⁻²⁴, r = √(−2 ln u₁); the two elements are r cos 2πu₂ and r sin 2πu₂

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
/** what the key grows by each round: the golden ratio and √3 − 1, as fractions of 2³² */
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

/** The upper word of the product of two 32-bit words; every step fits in the 53 bits of a double. */
function multiplyHigh(a: number, b: number): number {
  const low = Math.floor((a * (b & 0xffff)) / 0x10000);
  return Math.floor((a * (b >>> 16) + low) / 0x10000);
}

/** Fills `words` [4] with the random words of `counter` [4] under `key` [2]. */
export function philox(counter: ArrayLike<number>, key: ArrayLike<number>, words: Uint32Array): void {
  let c0 = counter[0] >>> 0;
  let c1 = counter[1] >>> 0;
  let c2 = counter[2] >>> 0;
  let c3 = counter[3] >>> 0;
  let k0 = key[0] >>> 0;
  let k1 = key[1] >>> 0;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(c0, multiplier0);
    const high1 = multiplyHigh(c2, multiplier1);
    const low0 = Math.imul(c0, multiplier0) >>> 0;
    const low1 = Math.imul(c2, multiplier1) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

// Scratch of the single thread that runs this module; nothing survives a call.
const counter = new Uint32Array(4);
const words = new Uint32Array(4);

/** Leaves the words of block `block` of the draw keyed by [seed, stream, step] in the scratch. */
function makeBlock(key: ArrayLike<number>, block: number): void {
  counter[0] = block;
  counter[1] = key[2];
  philox(counter, key, words);
}

/** Word `index` of the draw keyed by `key` = [seed, stream, step]. */
export function wordAt(key: ArrayLike<number>, index: number): number {
  makeBlock(key, Math.floor(index / 4));
  return words[index % 4];
}

/**
 * Fills `out` with uniform numbers in [low, low + spread), keyed by `key` = [seed, stream, step]. Where low is not 0 the
 * rounding to float32 can reach the upper end.
 */
export function fillUniform(out: Float32Array, key: ArrayLike<number>, low: number, spread: number): void {
  for (let index = 0; index < out.length; index++) {
    if (index % 4 === 0) makeBlock(key, index / 4);
    const u = (words[index % 4] >>> 8) * 2 ** -24;
    out[index] = Math.fround(Math.fround(spread) * u) + Math.fround(low);
  }
}

/** Fills `out` with normal numbers of mean `mean` and standard deviation `std`, keyed by `key` = [seed, stream, step]. */
export function fillNormal(out: Float32Array, key: ArrayLike<number>, mean: number, std: number): void {
  for (let index = 0; index < out.length; index += 2) {
    if (index % 4 === 0) makeBlock(key, index / 4);
    const u1 = ((words[index % 4] >>> 8) + 1) * 2 ** -24;
    const angle = 2 * Math.PI * (words[(index % 4) + 1] >>> 8) * 2 ** -24;
    const radius = Math.sqrt(-2 * Math.log(u1));
    out[index] = mean + std * radius * Math.cos(angle);
    // an odd length leaves the last sine out: writes past the end of a typed array vanish
    out[index + 1] = mean + std * radius * Math.sin(angle);
  }
}
