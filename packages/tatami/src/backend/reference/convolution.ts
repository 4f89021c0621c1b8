// Convolution as the course teaches it: im2col makes the patches of an image the rows of a matrix, and a matrix product
// with the filters does the rest. One image and one group of channels at a time.
//
//   X [P, Q]   the patches: P = outHeight·outWidth positions, Q = kernelHeight·kernelWidth·inChannels/groups values
//   W [Q, O]   the filters of the group as columns, O = outChannels/groups
//   Y [P, O]   the output
//
//   forward           Y  = X W + b
//   input gradient    ∂X = ∂Y Wᵀ, and col2im adds up the patches
//   filter gradient   ∂W = Σ over images Xᵀ ∂Y
//
// Y = X W + b is the course's `np.dot(col, col_W) + b`. There the result is transposed to [N, C, H, W] afterwards; images
// are [N, H, W, C] here, so the matrix is the output as it stands, and the filters [KH, KW, C/groups, outC] are W as it
// stands. The channel comes last in a patch too: value q = (kh·kernelWidth + kw)·channels + c.
import type { Arguments } from "./arguments.ts";
import { eachTap } from "./columns.ts";
import { elementwiseFunctions } from "./elementwise.ts";
import { addAlong } from "./indexing.ts";
import { maxPool2d } from "./pooling.ts";
import { Scratch } from "./scratch.ts";

type ConvolutionName = "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient";

/** The sizes of the matrices above. */
interface Sizes {
  readonly positions: number;
  readonly taps: number;
  /** input and output channels of one group */
  readonly channels: number;
  readonly filters: number;
  /** values of a patch: taps·channels */
  readonly patchSize: number;
}

function sizesOf(call: Arguments<ConvolutionName>): Sizes {
  const taps = call.kernelHeight * call.kernelWidth;
  const channels = call.inChannels / call.groups;
  return {
    positions: call.outHeight * call.outWidth,
    taps,
    channels,
    filters: call.outChannels / call.groups,
    patchSize: taps * channels,
  };
}

/** Calls `visit(place, word)` for every place of X in one image and group, with the word of the images it comes from. */
function eachPlace(
  n: number,
  group: number,
  call: Arguments<ConvolutionName>,
  visit: (place: number, word: number) => void,
): void {
  const { taps, channels } = sizesOf(call);
  const { inChannels } = call;
  const image = n * call.height * call.width;
  eachTap(call, (position, tap, pixel) => {
    const place = (position * taps + tap) * channels;
    const word = (image + pixel) * inChannels + group * channels;
    for (let c = 0; c < channels; c++) visit(place + c, word + c);
  });
}

const patchScratch = new Scratch();
const imageScratch = new Scratch();
const filterScratch = new Scratch();

/** X of one image and group. */
function patchesOf(x: Float32Array, n: number, group: number, call: Arguments<ConvolutionName>): Float64Array {
  const { positions, patchSize } = sizesOf(call);
  const patches = patchScratch.filled(positions * patchSize);
  eachPlace(n, group, call, (place, word) => {
    patches[place] = x[word];
  });
  return patches;
}

export function conv2d(call: Arguments<"conv2d">): void {
  const { w, bias, out, groups, outChannels } = call;
  const { positions, patchSize, filters } = sizesOf(call);
  const activation = elementwiseFunctions[call.activation];
  for (let n = 0; n < call.batch; n++) {
    for (let group = 0; group < groups; group++) {
      const patches = patchesOf(call.x, n, group, call);
      for (let p = 0; p < positions; p++) {
        for (let o = group * filters; o < (group + 1) * filters; o++) {
          // Y[p, o] = Σ_q X[p, q] W[q, o] + b[o]
          let sum = bias === null ? 0 : bias[o];
          for (let q = 0; q < patchSize; q++) sum += patches[p * patchSize + q] * w[q * outChannels + o];
          out[(n * positions + p) * outChannels + o] = activation(sum, call.activationParameter, 0, 0);
        }
      }
    }
  }
  if (call.pooled !== null || call.indices !== null) maxPool2d(poolBehind(call));
}

/** The max pool of what conv2d has made. */
export function poolBehind(call: Arguments<"conv2d">): Arguments<"maxPool2d"> {
  return {
    x: call.out,
    out: call.pooled,
    indices: call.indices,
    planes: call.batch,
    channels: call.outChannels,
    height: call.outHeight,
    width: call.outWidth,
    outHeight: call.pooledHeight,
    outWidth: call.pooledWidth,
    kernelHeight: call.poolHeight,
    kernelWidth: call.poolWidth,
    strideHeight: call.poolStrideHeight,
    strideWidth: call.poolStrideWidth,
    paddingTop: call.poolPaddingTop,
    paddingLeft: call.poolPaddingLeft,
  };
}

/** The filters come with their channels exchanged here: w is [KH, KW, outC, C/groups]. */
export function conv2dInputGradient(call: Arguments<"conv2dInputGradient">): void {
  const { g, w, mask, out, groups, outChannels } = call;
  const { positions, taps, channels, filters, patchSize } = sizesOf(call);
  const words = call.batch * call.height * call.width * call.inChannels;
  const sums = imageScratch.filled(words);
  for (let n = 0; n < call.batch; n++) {
    for (let group = 0; group < groups; group++) {
      const patches = patchScratch.filled(positions * patchSize);
      for (let p = 0; p < positions; p++) {
        for (let o = group * filters; o < (group + 1) * filters; o++) {
          // ∂X[p, q] += ∂Y[p, o] W[q, o] where q = (tap, c)
          const gradient = g[(n * positions + p) * outChannels + o];
          for (let tap = 0; tap < taps; tap++) {
            for (let c = 0; c < channels; c++) {
              patches[p * patchSize + tap * channels + c] += gradient * w[(tap * outChannels + o) * channels + c];
            }
          }
        }
      }
      eachPlace(n, group, call, (place, word) => {
        sums[word] += patches[place];
      });
    }
  }
  for (let word = 0; word < words; word++) out[word] = mask === null || mask[word] > 0 ? sums[word] : 0;
}

export function conv2dFilterGradient(call: Arguments<"conv2dFilterGradient">): void {
  const { g, out, groups, outChannels, accumulate } = call;
  const { positions, patchSize, filters } = sizesOf(call);
  const words = patchSize * outChannels;
  const sums = filterScratch.filled(words);
  for (let n = 0; n < call.batch; n++) {
    for (let group = 0; group < groups; group++) {
      const patches = patchesOf(call.x, n, group, call);
      for (let p = 0; p < positions; p++) {
        for (let q = 0; q < patchSize; q++) {
          // ∂W[q, o] += X[p, q] ∂Y[p, o]
          const value = patches[p * patchSize + q];
          for (let o = group * filters; o < (group + 1) * filters; o++) {
            sums[q * outChannels + o] += value * g[(n * positions + p) * outChannels + o];
          }
        }
      }
    }
  }
  for (let word = 0; word < words; word++) out[word] = (accumulate === 1 ? out[word] : 0) + sums[word];
}

/** ∂Y is 0 but at the indices. */
export function conv2dFilterGradientAt({ indices, places, ...call }: Arguments<"conv2dFilterGradientAt">): void {
  const { batch, outHeight, outWidth, outChannels } = call;
  const length = outHeight * outWidth;
  const g = new Float32Array(batch * length * outChannels);
  addAlong({ g: call.g, indices, out: g, rows: batch, length, count: places, channels: outChannels });
  conv2dFilterGradient({ ...call, g });
}
