// An order for data that are read in blocks, such as the row groups of a file: random, but near enough to the blocks that each
// is read once an epoch and few of them are needed at a time.
import { Random, streamOf } from "../random/random.ts";
import { OptionError } from "../shape/errors.ts";

/**
 * Orders of epochs: blocks in random order, taken together until they hold `window` images, which are then shuffled. An image
 * so comes anywhere in an epoch, but near others of its block; larger windows mix better and need more memory.
 * @param begins the first index of each block, rising from 0
 * @param count number of images
 * @param window of images, ≥ 1; a larger block is a window of its own
 * @returns from seed, an integer in [0, 2³²), and epoch to all indices, each once
 * @throws OptionError for begins that do not rise from 0 to below count, or a window below 1
 */
export function blockOrder(
  begins: ArrayLike<number>,
  count: number,
  window: number,
): (seed: number, epoch: number) => Int32Array {
  for (let block = 0; block <= begins.length; block++) {
    const begin = begins[block] ?? count;
    const right = block === 0 ? begin === 0 : begin > begins[block - 1]!;
    if (right && Number.isInteger(begin) && (block === begins.length || begin < count)) continue;
    throw new OptionError(
      `blockOrder: begins are no beginnings of blocks, got ${begin} at ${block} for ${count} images, expected them to rise from 0`,
      "begins",
      begins,
    );
  }
  if (!(window >= 1)) {
    throw new OptionError(`blockOrder: window is out of range, got ${window}, expected at least 1`, "window", window);
  }
  return (seed, epoch) => {
    const random = new Random(seed, streamOf(`blocks of epoch ${epoch}`));
    const order = new Int32Array(count);
    let filled = 0;
    let begun = 0;
    const shuffle = (): void => {
      const part = order.slice(begun, filled);
      for (const [place, from] of random.permutation(part.length).entries()) order[begun + place] = part[from]!;
      begun = filled;
    };
    for (const block of random.permutation(begins.length)) {
      const [begin, end] = [begins[block]!, begins[block + 1] ?? count];
      if (filled > begun && filled - begun + (end - begin) > window) shuffle();
      for (let index = begin; index < end; index++) order[filled++] = index;
    }
    shuffle();
    return order;
  };
}
