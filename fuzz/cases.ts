// One case after the other for a reader: each must end in success or in a DataError, soon and in little memory.
import { damage } from "./damage.ts";
import { Draws } from "./draws.ts";
import { type Reader, type ReaderName, readers } from "./readers.ts";

/** Longer than this is a hang, on however busy a machine. */
const longestMs = 5_000;

/** Longer files are cut at so many offsets only, so that a short run sees other damage too. */
const mostCuts = 1_800;

export interface FuzzResult {
  readonly cases: number;
  /** files that were read, damaged where it does not show */
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  /** by case number */
  readonly failures: readonly { readonly index: number; readonly error: unknown; readonly bytes: Uint8Array }[];
}

/** The bytes of case `index`: truncations at every offset first, then damage, lies and noise by turns. */
export async function caseBytes(
  reader: Reader,
  files: readonly Uint8Array[],
  seed: number,
  index: number,
): Promise<Uint8Array> {
  const first = files[0]!;
  const cuts = Math.min(first.length, mostCuts);
  if (index < cuts) return first.slice(0, Math.floor((index * first.length) / cuts));
  const draws = new Draws(seed, index);
  const way = draws.below(10);
  if (way < 5) return damage(draws.of(files), draws);
  if (way < 8) return reader.lie(draws, files);
  if (way < 9) return damage(await reader.lie(draws, files), draws);
  const noise = draws.bytes(draws.below(200));
  // noise that begins like a file gets further
  if (draws.chance(0.5)) noise.set(draws.of(files).subarray(0, Math.min(noise.length, 1 + draws.below(12))));
  return noise;
}

/** By name: other packages import the library as it was built, whose classes are not those of its sources. */
function isDataError(error: unknown): error is Error {
  return error instanceof Error && error.name === "DataError" && "source" in error;
}

/** @param range of case numbers, the second one not included */
export async function fuzz(
  name: ReaderName,
  seed: number,
  [begin, end]: readonly [number, number],
  progress: (done: number) => void = () => undefined,
): Promise<FuzzResult> {
  const reader: Reader = readers[name];
  const files = await reader.files();
  const failures: { index: number; error: unknown; bytes: Uint8Array }[] = [];
  let accepted = 0;
  let refused = 0;
  let slowestMs = 0;
  for (let index = begin; index < end; index++) {
    const bytes = await caseBytes(reader, files, seed, index);
    const before = performance.now();
    try {
      await reader.read(bytes);
      accepted++;
    } catch (error) {
      if (isDataError(error) && / got /.test(error.message)) refused++;
      else failures.push({ index, error, bytes });
    }
    const ms = performance.now() - before;
    if (ms > longestMs) failures.push({ index, error: new Error(`fuzz: took ${ms.toFixed(0)} ms`), bytes });
    slowestMs = Math.max(slowestMs, ms);
    if (index % 250 === 249) progress(index + 1 - begin);
  }
  return { cases: end - begin, accepted, refused, slowestMs, failures };
}
