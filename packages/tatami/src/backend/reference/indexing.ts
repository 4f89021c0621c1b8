// Kernels that follow indices. An index outside its axis never reads or writes: reading gives NaN, adding is skipped.
import type { Arguments } from "./arguments.ts";
import { Scratch } from "./scratch.ts";

function inside(index: number, length: number): boolean {
  return index >= 0 && index < length;
}

export function takeAlong({ x, indices, out, rows, length, count, channels }: Arguments<"takeAlong">): void {
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < count; j++) {
      for (let c = 0; c < channels; c++) {
        const place = (row * count + j) * channels + c;
        const index = indices[place];
        out[place] = inside(index, length) ? x[(row * length + index) * channels + c] : Number.NaN;
      }
    }
  }
}

const sums = new Scratch();

export function addAlong({ g, indices, out, rows, length, count, channels }: Arguments<"addAlong">): void {
  for (let row = 0; row < rows; row++) {
    const sum = sums.filled(length * channels);
    for (let j = 0; j < count; j++) {
      for (let c = 0; c < channels; c++) {
        const place = (row * count + j) * channels + c;
        const index = indices[place];
        if (inside(index, length)) sum[index * channels + c] += g[place];
      }
    }
    for (let i = 0; i < length * channels; i++) out[row * length * channels + i] = sum[i];
  }
}

/** the bits of the float32 NaN that arithmetic makes */
const nanBits = 0x7fc00000;

export function gather({ x, indices, out, outer, length, inner, count }: Arguments<"gather">): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const index = indices[j];
      for (let i = 0; i < inner; i++) {
        out[(o * count + j) * inner + i] = inside(index, length) ? x[(o * length + index) * inner + i] : nanBits;
      }
    }
  }
}

export function scatterAdd({ g, indices, out, outer, length, inner, count }: Arguments<"scatterAdd">): void {
  for (let o = 0; o < outer; o++) {
    const sum = sums.filled(length * inner);
    for (let j = 0; j < count; j++) {
      const index = indices[j];
      if (!inside(index, length)) continue;
      for (let i = 0; i < inner; i++) sum[index * inner + i] += g[(o * count + j) * inner + i];
    }
    for (let i = 0; i < length * inner; i++) out[o * length * inner + i] = sum[i];
  }
}

export function oneHot({ labels, out, rows, columns }: Arguments<"oneHot">): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[row * columns + column] = labels[row] === column ? 1 : 0;
  }
}
