// The two 16-bit floats: IEEE 754 binary16 ("float16": 5 bits of exponent, 10 of fraction) and the upper half of a float32
// ("bfloat16"). Both are written by rounding to nearest, ties to even.

const float16Values: Float32Array = new Float32Array(1 << 16);
let float16Ready = false;

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float16 bits → float32. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  if (!float16Ready) for (let index = 0; index < 1 << 16; index++) float16Values[index] = float16Value(index);
  float16Ready = true;
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = float16Values[bits[index]!]!;
  return values;
}

/** bfloat16 bits → float32. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) words[index] = bits[index]! << 16;
  return new Float32Array(words.buffer);
}

/** From this magnitude on, as float32 bits, a finite value rounds to infinity: 65520. */
const float16Overflow = 0x477ff000;
const bfloat16Overflow = 0x7f7f8000;
const infinity = 0x7f800000;

/**
 * float32 → float16 bits.
 * @returns the index of the first finite value that would become infinite, or −1
 */
export function encodeFloat16(values: Float32Array, bits: Uint16Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= infinity) {
      bits[index] = sign | (magnitude > infinity ? 0x7e00 : 0x7c00);
    } else if (magnitude >= float16Overflow) {
      return index;
    } else if (magnitude < 0x38800000) {
      // below 2⁻¹⁴ float16 counts in steps of 2⁻²⁴
      const steps = Math.abs(values[index]!) * 2 ** 24;
      const below = Math.floor(steps);
      const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
      bits[index] = sign | (up ? below + 1 : below);
    } else {
      // the exponent's bias goes from 127 to 15; a carry out of the fraction moves on into the exponent, as it should
      bits[index] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    }
  }
  return -1;
}

/**
 * float32 → bfloat16 bits.
 * @returns the index of the first finite value that would become infinite, or −1
 */
export function encodeBfloat16(values: Float32Array, bits: Uint16Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const magnitude = word & 0x7fffffff;
    if (magnitude > infinity) bits[index] = (word >>> 16) | 0x40;
    else if (magnitude < infinity && magnitude >= bfloat16Overflow) return index;
    else bits[index] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return -1;
}
