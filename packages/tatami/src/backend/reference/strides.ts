// Walking through a strided array: an index with one entry per axis, and the element it stands for.

/** Moves `index` to the next position of `shape`, the last axis fastest, and from the last one back to the first. */
export function advance(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis]++;
    if (index[axis] < shape[axis]) return;
    index[axis] = 0;
  }
}

/** Makes `index` the first position of an array with `rank` axes. */
export function start(index: number[], rank: number): void {
  index.length = rank;
  index.fill(0);
}

/** Σ index · stride, with the strides that begin at `strides[first]`. */
export function elementAt(index: readonly number[], strides: readonly number[], first = 0): number {
  let element = 0;
  for (let axis = 0; axis < index.length; axis++) element += index[axis] * strides[first + axis];
  return element;
}
