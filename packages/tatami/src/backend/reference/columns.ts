// im2col and col2im: an image as the matrix of its patches, and back. Each row of the matrix is the patch under one
// position of the window, so a convolution becomes a matrix product (convolution.ts).
import type { Arguments } from "./arguments.ts";
import { Scratch } from "./scratch.ts";

/** The fields of a window over an image that im2col, col2im and the convolutions have in common. */
export type WindowFields = Omit<Arguments<"im2col">, "x" | "out" | "batch" | "channels">;

/**
 * Calls `visit(column, pixel)` for every place of the matrix [outHeight·outWidth, channels·kernelHeight·kernelWidth] whose
 * tap lies inside the image; the others lie in the padding. Row (i, j), column (c, kh, kw) is the pixel
 * (c, i·strideHeight + kh·dilationHeight − paddingTop, j·strideWidth + kw·dilationWidth − paddingLeft).
 */
export function eachTap(channels: number, window: WindowFields, visit: (column: number, pixel: number) => void): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth } = window;
  let column = 0;
  for (let i = 0; i < outHeight; i++) {
    for (let j = 0; j < outWidth; j++) {
      for (let c = 0; c < channels; c++) {
        for (let kh = 0; kh < kernelHeight; kh++) {
          const row = i * window.strideHeight + kh * window.dilationHeight - window.paddingTop;
          for (let kw = 0; kw < kernelWidth; kw++, column++) {
            const x = j * window.strideWidth + kw * window.dilationWidth - window.paddingLeft;
            const inside = row >= 0 && row < height && x >= 0 && x < width;
            if (inside) visit(column, (c * height + row) * width + x);
          }
        }
      }
    }
  }
}

export function im2col(call: Arguments<"im2col">): void {
  const { x, out, channels } = call;
  const imageSize = channels * call.height * call.width;
  const columnsSize = call.outHeight * call.outWidth * channels * call.kernelHeight * call.kernelWidth;
  out.fill(0);
  for (let n = 0; n < call.batch; n++) {
    eachTap(channels, call, (column, pixel) => {
      out[n * columnsSize + column] = x[n * imageSize + pixel];
    });
  }
}

const sums = new Scratch();

/**
 * The transpose of im2col, not its inverse: a pixel under several windows gets the SUM of its places in the matrix. It
 * reached the output by each of them, so its gradient is the sum over them.
 */
export function col2im(call: Arguments<"col2im">): void {
  const { x, out, channels } = call;
  const imageSize = channels * call.height * call.width;
  const columnsSize = call.outHeight * call.outWidth * channels * call.kernelHeight * call.kernelWidth;
  for (let n = 0; n < call.batch; n++) {
    const image = sums.filled(imageSize);
    eachTap(channels, call, (column, pixel) => {
      image[pixel] += x[n * columnsSize + column];
    });
    for (let pixel = 0; pixel < imageSize; pixel++) out[n * imageSize + pixel] = image[pixel];
  }
}
