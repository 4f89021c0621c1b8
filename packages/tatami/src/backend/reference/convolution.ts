// Convolution as the course teaches it: im2col makes the patches of an image the rows of a matrix, and a matrix product
// with the filters does the rest. One image and one group of channels at a time.
//
//   X [P, Q]   the patches: P = outHeight·outWidth positions, Q = inChannels/groups·kernelHeight·kernelWidth taps
//   W [O, Q]   the filters of the group, O = outChannels/groups
//   Y [O, P]   the output, which is already in the layout N, C, H, W
//
//   forward           Y  = W Xᵀ + b
//   input gradient    ∂X = ∂Yᵀ W, and col2im adds up the patches
//   filter gradient   ∂W = Σ over images ∂Y X
import type { Arguments } from "./arguments.ts";
import { eachTap } from "./columns.ts";
import { elementwiseFunctions } from "./elementwise.ts";
import { Scratch } from "./scratch.ts";

type ConvolutionName = "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient";

/** The sizes of the matrices above. */
interface Sizes {
  readonly positions: number;
  readonly taps: number;
  /** input and output channels of one group */
  readonly channels: number;
  readonly filters: number;
  /** words of one group of channels of one input image */
  readonly imageSize: number;
}

function sizesOf(call: Arguments<ConvolutionName>): Sizes {
  const channels = call.inChannels / call.groups;
  return {
    positions: call.outHeight * call.outWidth,
    taps: channels * call.kernelHeight * call.kernelWidth,
    channels,
    filters: call.outChannels / call.groups,
    imageSize: channels * call.height * call.width,
  };
}

const patchScratch = new Scratch();
const imageScratch = new Scratch();
const filterScratch = new Scratch();

/** X of the image and group that begin at `first`. */
function patchesOf(x: Float32Array, first: number, call: Arguments<ConvolutionName>, sizes: Sizes): Float64Array {
  const patches = patchScratch.filled(sizes.positions * sizes.taps);
  eachTap(sizes.channels, call, (column, pixel) => {
    patches[column] = x[first + pixel];
  });
  return patches;
}

export function conv2d(call: Arguments<"conv2d">): void {
  const { x, w, bias, out, batch, groups, outChannels } = call;
  const sizes = sizesOf(call);
  const { positions, taps, filters, imageSize } = sizes;
  const activation = elementwiseFunctions[call.activation];
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < groups; group++) {
      const patches = patchesOf(x, (n * groups + group) * imageSize, call, sizes);
      for (let o = group * filters; o < (group + 1) * filters; o++) {
        for (let p = 0; p < positions; p++) {
          // Y[o, p] = Σ_q W[o, q] X[p, q] + b[o]
          let sum = bias === null ? 0 : bias[o];
          for (let q = 0; q < taps; q++) sum += w[o * taps + q] * patches[p * taps + q];
          out[(n * outChannels + o) * positions + p] = activation(sum, call.activationParameter, 0);
        }
      }
    }
  }
}

export function conv2dInputGradient(call: Arguments<"conv2dInputGradient">): void {
  const { g, w, out, batch, groups, outChannels } = call;
  const { positions, taps, channels, filters, imageSize } = sizesOf(call);
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < groups; group++) {
      // ∂X[p, q] = Σ_o ∂Y[o, p] W[o, q]
      const patches = patchScratch.filled(positions * taps);
      for (let o = group * filters; o < (group + 1) * filters; o++) {
        for (let p = 0; p < positions; p++) {
          const gradient = g[(n * outChannels + o) * positions + p];
          for (let q = 0; q < taps; q++) patches[p * taps + q] += gradient * w[o * taps + q];
        }
      }
      const image = imageScratch.filled(imageSize);
      eachTap(channels, call, (column, pixel) => {
        image[pixel] += patches[column];
      });
      const first = (n * groups + group) * imageSize;
      for (let pixel = 0; pixel < imageSize; pixel++) out[first + pixel] = image[pixel];
    }
  }
}

export function conv2dFilterGradient(call: Arguments<"conv2dFilterGradient">): void {
  const { x, g, out, batch, groups, outChannels } = call;
  const sizes = sizesOf(call);
  const { positions, taps, filters, imageSize } = sizes;
  const sums = filterScratch.filled(outChannels * taps);
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < groups; group++) {
      const patches = patchesOf(x, (n * groups + group) * imageSize, call, sizes);
      for (let o = group * filters; o < (group + 1) * filters; o++) {
        for (let p = 0; p < positions; p++) {
          // ∂W[o, q] += ∂Y[o, p] X[p, q]
          const gradient = g[(n * outChannels + o) * positions + p];
          for (let q = 0; q < taps; q++) sums[o * taps + q] += gradient * patches[p * taps + q];
        }
      }
    }
  }
  for (let i = 0; i < outChannels * taps; i++) out[i] = sums[i];
}
