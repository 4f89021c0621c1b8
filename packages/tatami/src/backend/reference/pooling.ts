// Pooling: one number for each window of a plane. A tap in the padding does not exist for maxPool2d and is 0 for
// avgPool2d. NaN wins a maximum, the first NaN if there are several.
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

export function maxPool2d(call: Arguments<"maxPool2d">): void {
  const { x, out, indices, planes, height, width } = call;
  const outSize = call.outHeight * call.outWidth;
  for (let plane = 0; plane < planes; plane++) {
    const first = plane * height * width;
    eachWindow(call, (place, top, bottom, left, right) => {
      let best = top * width + left;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const pixel = row * width + column;
          if (wins(x[first + pixel], x[first + best])) best = pixel;
        }
      }
      if (out !== null) out[plane * outSize + place] = x[first + best];
      if (indices !== null) indices[plane * outSize + place] = best;
    });
  }
}

export function avgPool2d(call: Arguments<"avgPool2d">): void {
  const { x, out, planes, height, width, kernelHeight, kernelWidth, countPadding } = call;
  const outSize = call.outHeight * call.outWidth;
  for (let plane = 0; plane < planes; plane++) {
    const first = plane * height * width;
    eachWindow(call, (place, top, bottom, left, right) => {
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += x[first + row * width + column];
      }
      const count = countPadding === 1 ? kernelHeight * kernelWidth : (bottom - top) * (right - left);
      out[plane * outSize + place] = sum / count;
    });
  }
}

const sums = new Scratch();

/** Every pixel of a window takes an equal share of its gradient: out[pixel] = Σ over windows g / count */
export function avgPool2dGradient(call: Arguments<"avgPool2dGradient">): void {
  const { g, out, planes, height, width, kernelHeight, kernelWidth, countPadding } = call;
  const outSize = call.outHeight * call.outWidth;
  for (let plane = 0; plane < planes; plane++) {
    const image = sums.filled(height * width);
    eachWindow(call, (place, top, bottom, left, right) => {
      const count = countPadding === 1 ? kernelHeight * kernelWidth : (bottom - top) * (right - left);
      const share = g[plane * outSize + place] / count;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) image[row * width + column] += share;
      }
    });
    const first = plane * height * width;
    for (let pixel = 0; pixel < height * width; pixel++) out[first + pixel] = image[pixel];
  }
}
