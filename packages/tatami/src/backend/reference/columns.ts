// im2col and col2im: an image as the matrix of its patches, and back. Each row of the matrix is the patch under one
// position of the window, so a convolution becomes a matrix product (convolution.ts).
import type { Arguments } from "./arguments.ts";
import { Scratch } from "./scratch.ts";

/** The fields of a window over an image that im2col, col2im and the convolutions have in common. */
export type WindowFields = Omit<Arguments<"im2col">, "x" | "out" | "batch" | "channels">;

/**
 * Calls `visit(position, tap, pixel)` for every position i·outWidth + j of the window and every tap kh·kernelWidth + kw of
 * it that lies inside the plane, with the pixel row·width + column it lies on; the other taps lie in the padding.
 * row = i·strideHeight + kh·dilationHeight − paddingTop, column = j·strideWidth + kw·dilationWidth − paddingLeft
 */
export function eachTap(window: WindowFields, visit: (position: number, tap: number, pixel: number) => void): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth } = window;
  for (let i = 0; i < outHeight; i++) {
    for (let j = 0; j < outWidth; j++) {
      for (let kh = 0; kh < kernelHeight; kh++) {
        const row = i * window.strideHeight + kh * window.dilationHeight - window.paddingTop;
        for (let kw = 0; kw < kernelWidth; kw++) {
          const column = j * window.strideWidth + kw * window.dilationWidth - window.paddingLeft;
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          if (inside) visit(i * outWidth + j, kh * kernelWidth + kw, row * width + column);
        }
      }
    }
  }
}

/** One image [channels, H·W] to or from its columns [positions, channels·taps]: which place belongs to which pixel. */
function eachColumn(call: Arguments<"im2col">, visit: (column: number, pixel: number) => void): void {
  const { channels } = call;
  const planeSize = call.height * call.width;
  const taps = call.kernelHeight * call.kernelWidth;
  eachTap(call, (position, tap, pixel) => {
    for (let c = 0; c < channels; c++) visit((position * channels + c) * taps + tap, c * planeSize + pixel);
  });
}

function sizesOf(call: Arguments<"im2col">): { imageSize: number; columnsSize: number } {
  const { channels } = call;
  return {
    imageSize: channels * call.height * call.width,
    columnsSize: call.outHeight * call.outWidth * channels * call.kernelHeight * call.kernelWidth,
  };
}

export function im2col(call: Arguments<"im2col">): void {
  const { x, out } = call;
  const { imageSize, columnsSize } = sizesOf(call);
  out.fill(0, 0, call.batch * columnsSize);
  for (let n = 0; n < call.batch; n++) {
    eachColumn(call, (column, pixel) => {
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
  const { x, out } = call;
  const { imageSize, columnsSize } = sizesOf(call);
  for (let n = 0; n < call.batch; n++) {
    const image = sums.filled(imageSize);
    eachColumn(call, (column, pixel) => {
      image[pixel] += x[n * columnsSize + column];
    });
    for (let pixel = 0; pixel < imageSize; pixel++) out[n * imageSize + pixel] = image[pixel];
  }
}
