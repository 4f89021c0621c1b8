// Pooling: one number for each window and channel of a plane of pixels; the channels of a pixel lie side by side. A tap in
// the padding does not exist for maxPool2d and is 0 for avgPool2d. NaN wins a maximum, the first NaN if there are several.
import type { Arguments } from "./arguments.ts";
import { wins } from "./reduction.ts";
import { Scratch } from "./scratch.ts";

type PoolingFields = Omit<Arguments<"avgPool2d">, "x" | "out" | "countPadding">;

/** The part of a window inside its plane: rows [top, bottom) and columns [left, right). */
type Visit = (place: number, top: number, bottom: number, left: number, right: number) => void;

/** Calls `visit` for each window of one plane; `place` is its position in the output plane. */
function eachWindow(pooling: PoolingFields, visit: Visit): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth } = pooling;
  for (let i = 0; i < outHeight; i++) {
    const top = i * pooling.strideHeight - pooling.paddingTop;
    for (let j = 0; j < outWidth; j++) {
      const left = j * pooling.strideWidth - pooling.paddingLeft;
      visit(
        i * outWidth + j,
        Math.max(top, 0),
        Math.min(top + kernelHeight, height),
        Math.max(left, 0),
        Math.min(left + kernelWidth, width),
      );
    }
  }
}

/** Calls `visit` for every channel of every plane: x[first + pixel·channels] is its pixel, likewise out[outFirst + …]. */
function eachChannel(pooling: PoolingFields, visit: (first: number, outFirst: number) => void): void {
  const { planes, channels, height, width, outHeight, outWidth } = pooling;
  for (let plane = 0; plane < planes; plane++) {
    for (let c = 0; c < channels; c++) {
      visit(plane * height * width * channels + c, plane * outHeight * outWidth * channels + c);
    }
  }
}

export function maxPool2d(call: Arguments<"maxPool2d">): void {
  const { x, out, indices, channels, width } = call;
  eachChannel(call, (first, outFirst) => {
    eachWindow(call, (place, top, bottom, left, right) => {
      let best = top * width + left;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const pixel = row * width + column;
          if (wins(x[first + pixel * channels], x[first + best * channels])) best = pixel;
        }
      }
      if (out !== null) out[outFirst + place * channels] = x[first + best * channels];
      if (indices !== null) indices[outFirst + place * channels] = best;
    });
  });
}

export function avgPool2d(call: Arguments<"avgPool2d">): void {
  const { x, out, channels, width, kernelHeight, kernelWidth, countPadding } = call;
  eachChannel(call, (first, outFirst) => {
    eachWindow(call, (place, top, bottom, left, right) => {
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += x[first + (row * width + column) * channels];
      }
      const count = countPadding === 1 ? kernelHeight * kernelWidth : (bottom - top) * (right - left);
      out[outFirst + place * channels] = sum / count;
    });
  });
}

const sums = new Scratch();

/** Every pixel of a window takes an equal share of its gradient: out[pixel] = Σ over windows g / count */
export function avgPool2dGradient(call: Arguments<"avgPool2dGradient">): void {
  const { g, out, channels, height, width, kernelHeight, kernelWidth, countPadding } = call;
  eachChannel(call, (first, outFirst) => {
    const image = sums.filled(height * width);
    eachWindow(call, (place, top, bottom, left, right) => {
      const count = countPadding === 1 ? kernelHeight * kernelWidth : (bottom - top) * (right - left);
      const share = g[outFirst + place * channels] / count;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) image[row * width + column] += share;
      }
    });
    for (let pixel = 0; pixel < height * width; pixel++) out[first + pixel * channels] = image[pixel];
  });
}
