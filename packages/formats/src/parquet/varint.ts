// Numbers of seven bits a byte, the least first (LEB128), as all parts of Parquet's files have them.

/** A place in bytes, which moves as they are read. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** What is said of bytes that are no number. */
export type Damaged = (got: string, expected: string) => Error;

/**
 * Inexact beyond 2⁵³: who needs such a number asks whether it is safe.
 * @throws what `damaged` makes, where the bytes end within it or it takes more than `longest` of them
 */
export function varint(cursor: Cursor, longest: number, damaged: Damaged): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < longest; count++) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw damaged("its end", "the rest of a number");
    cursor.at++;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  throw damaged(`a number of more than ${longest} bytes`, `at most ${longest}`);
}

/** As `varint`, 0, −1, 1, −2, … for 0, 1, 2, 3. */
export function zigzag(cursor: Cursor, longest: number, damaged: Damaged): number {
  const value = varint(cursor, longest, damaged);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
