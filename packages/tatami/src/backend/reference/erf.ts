// The error function in double precision, to about 1e-15, from its definition: the yardstick for faster approximations.

/** from here on erf is 1 to the last bit of a double: erfc(6) = 2.2e-17 */
const saturated = 6;
/** up to here the series needs fewer terms than the continued fraction */
const seriesLimit = 2.5;
const fractionDepth = 60;

/** erf x = 2/√π ∫₀ˣ exp(−t²) dt. Formula numbers: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= saturated) return Math.sign(x);
  if (size < seriesLimit) return series(x);
  return Math.sign(x) * (1 - complement(size));
}

/** 7.1.6: erf x = 2/√π exp(−x²) Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n + 1)). All terms have one sign, so nothing cancels. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 7.1.14: erfc x = exp(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))) for x > 0, from the inside out. */
function complement(x: number): number {
  let denominator = x;
  for (let n = fractionDepth; n > 0; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}
