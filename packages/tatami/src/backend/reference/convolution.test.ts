import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convolutions, seeds } from "../contract/arbitraries/shapes.ts";
import { filterGradient, forward, inputGradient } from "../contract/cases/convolution.ts";
import type { Arguments } from "./arguments.ts";
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from "./convolution.ts";

/** The definition, without im2col: one sum for each channel of each output pixel. */
function byDefinition(call: Arguments<"conv2d">): number[] {
  const { x, w, batch, inChannels, outChannels, height, width, outHeight, outWidth, groups } = call;
  const channels = inChannels / groups;
  const out: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let o = 0; o < outChannels; o++) {
          const group = Math.floor(o / (outChannels / groups));
          let sum = 0;
          for (let kh = 0; kh < call.kernelHeight; kh++)
            for (let kw = 0; kw < call.kernelWidth; kw++)
              for (let c = 0; c < channels; c++) {
                const row = i * call.strideHeight + kh * call.dilationHeight - call.paddingTop;
                const column = j * call.strideWidth + kw * call.dilationWidth - call.paddingLeft;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const word = ((n * height + row) * width + column) * inChannels + group * channels + c;
                sum += x[word] * w[((kh * call.kernelWidth + kw) * channels + c) * outChannels + o];
              }
          out.push(sum);
        }
  return out;
}

/** The filters of conv2d as its input gradient wants them: [KH, KW, C/groups, outC] → [KH, KW, outC, C/groups] */
function exchanged({
  w,
  kernelHeight,
  kernelWidth,
  inChannels,
  outChannels,
  groups,
}: Arguments<"conv2d">): Float32Array {
  const channels = inChannels / groups;
  const turned = new Float32Array(w.length);
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap++)
    for (let c = 0; c < channels; c++)
      for (let o = 0; o < outChannels; o++)
        turned[(tap * outChannels + o) * channels + c] = w[(tap * channels + c) * outChannels + o];
  return turned;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}

const runs = { seed: 20261125, numRuns: 40 };

describe("conv2d(call)", () => {
  it("is the sum of the definition", () => {
    fc.assert(
      fc.property(convolutions, seeds, (shape, seed) => {
        const call = forward(shape, { seed });
        conv2d(call);
        const expected = byDefinition(call);
        expect(call.out.length).toBe(expected.length);
        for (const [index, value] of call.out.entries()) expect(Math.abs(value - expected[index])).toBeLessThan(1e-5);
      }),
      runs,
    );
  });
});

// Y is linear in X and in W, so for any ∂Y: ⟨∂Y, Y⟩ = ⟨∂X, X⟩ = ⟨∂W, W⟩
describe("conv2dInputGradient(call), conv2dFilterGradient(call)", () => {
  it("are the transposes of conv2d for the image and for the filters", () => {
    fc.assert(
      fc.property(convolutions, seeds, (shape, seed) => {
        const call = forward(shape, { seed });
        const toInput = inputGradient(shape, { seed, w: exchanged(call) });
        const toFilter = filterGradient(shape, { seed, x: call.x, g: toInput.g });
        conv2d(call);
        conv2dInputGradient(toInput);
        conv2dFilterGradient(toFilter);
        const product = dot(toInput.g, call.out);
        const tolerance = 1e-5 * (1 + dot(toInput.g.map(Math.abs), call.out.map(Math.abs)));
        expect(Math.abs(dot(toInput.out, call.x) - product)).toBeLessThan(tolerance);
        expect(Math.abs(dot(toFilter.out, call.w) - product)).toBeLessThan(tolerance);
      }),
      runs,
    );
  });
});
