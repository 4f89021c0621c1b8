// Weights as a table for programs that read nothing else: a line a value, exact.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArrayMap } from "tatamijs/formats";
import { DataError } from "tatamijs/shape";

/** Lines written at a time. */
const pieceLength = 10_000;

/**
 * Lines `tensor,index,value`: the index has a number an axis with spaces between, the last axis moves first. An earlier file
 * is replaced at the end.
 * @throws DataError where it cannot be written
 */
export async function saveCsv(file: string, weights: ArrayMap): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(Readable.from(pieces(weights)), createWriteStream(part));
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const got = cause instanceof Error ? cause.message : String(cause);
    const expected = "a folder with room that may be written to";
    throw new DataError(`csv: ${file} cannot be written, got "${got}", expected ${expected}`, file, { cause });
  }
}

function* pieces(weights: ArrayMap): Generator<string> {
  yield "tensor,index,value\n";
  for (const [name, { shape, values }] of Object.entries(weights)) {
    const cell = /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
    let piece: string[] = [];
    for (const [flat, value] of values.entries()) {
      piece.push(`${cell},${indexOf(flat, shape)},${value}\n`);
      if (piece.length < pieceLength) continue;
      yield piece.join("");
      piece = [];
    }
    yield piece.join("");
  }
}

function indexOf(flat: number, shape: readonly number[]): string {
  let rest = flat;
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index.join(" ");
}
