// Ways to spoil the bytes of a file, whatever its format.
import type { Draws } from "./draws.ts";

const ways: readonly ((bytes: Uint8Array, draws: Draws) => Uint8Array)[] = [
  // bits flip
  (bytes, draws) => {
    const damaged = new Uint8Array(bytes);
    for (let count = 1 + draws.below(4); count > 0 && bytes.length > 0; count--) {
      damaged[draws.below(bytes.length)]! ^= 1 << draws.below(8);
    }
    return damaged;
  },
  // the end is missing
  (bytes, draws) => bytes.slice(0, draws.below(bytes.length + 1)),
  // a number somewhere is another, of 1 to 8 bytes and either byte order
  (bytes, draws) => {
    const damaged = new Uint8Array(bytes);
    const width = draws.of([1, 2, 4, 8]);
    if (bytes.length < width) return damaged;
    const field = new Uint8Array(8);
    const value = BigInt(Math.floor(Math.abs(draws.number()))) & (2n ** 64n - 1n);
    new DataView(field.buffer).setBigUint64(0, draws.chance(0.2) ? 2n ** 64n - 1n : value, true);
    const part = field.subarray(0, width);
    damaged.set(draws.chance(0.3) ? part.reverse() : part, draws.below(bytes.length - width + 1));
    return damaged;
  },
  // a piece comes twice, or not at all
  (bytes, draws) => {
    const begin = draws.below(bytes.length + 1);
    const end = Math.min(bytes.length, begin + 1 + draws.below(40));
    const kept = draws.chance(0.5) ? begin : end;
    return joined(bytes.subarray(0, draws.chance(0.5) ? end : begin), bytes.subarray(kept));
  },
  // noise over a piece
  (bytes, draws) => {
    const damaged = new Uint8Array(bytes);
    const begin = draws.below(bytes.length + 1);
    damaged.set(draws.bytes(Math.min(bytes.length - begin, 1 + draws.below(16))), begin);
    return damaged;
  },
  // more than there should be
  (bytes, draws) => joined(bytes, draws.bytes(1 + draws.below(30))),
];

export function damage(bytes: Uint8Array, draws: Draws): Uint8Array {
  let damaged = bytes;
  for (let count = draws.chance(0.7) ? 1 : 1 + draws.below(4); count > 0; count--)
    damaged = draws.of(ways)(damaged, draws);
  return damaged;
}

const words = [
  '"',
  "{",
  "}",
  "[",
  "]",
  "(",
  ")",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e9",
  "\\u0000",
  "'",
  "\\",
  "F64",
  "BOOL",
  "<f8",
  ">i8",
  "|b1",
  "True",
];

/** Spoils a text where its numbers and words are, so that much of it still parses. */
export function damageText(text: string, draws: Draws): string {
  const tokens = text.match(/\d+|[A-Za-z_]+|[^A-Za-z_\d]/g) ?? [];
  for (let count = 1 + draws.below(3); count > 0 && tokens.length > 0; count--) {
    const numbers = tokens.flatMap((token, index) => (/\d/.test(token) ? [index] : []));
    const index = numbers.length > 0 && draws.chance(0.6) ? draws.of(numbers) : draws.below(tokens.length);
    const way = draws.below(10);
    if (way < 5) tokens[index] = /\d/.test(tokens[index]!) ? String(draws.number()) : draws.of(words);
    else if (way < 7) tokens[index] = draws.of(tokens);
    else if (way < 8) tokens.splice(index, 1);
    else if (way < 9) tokens.splice(index, 0, draws.of(words));
    else tokens.splice(index, 0, ...tokens.slice(index, index + 1 + draws.below(12)));
  }
  return tokens.join("");
}

export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
