// Random sizes for random calls: small, with a liking for 1, primes and numbers just past a vector's width.
import fc from "fast-check";
import { windowOf } from "../../../shape/window.ts";
import type { ConvolutionCase, PoolingCase, WindowCase } from "../windows.ts";

/** One seed for all the arrays of a call. */
export const seeds = fc.nat(2 ** 31 - 1);

export const flags = fc.constantFrom(0, 1);

/** A number of channels, columns or rows. */
export function sizes(maximum: number): fc.Arbitrary<number> {
  const telling = [1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 33, 64, 67].filter((size) => size <= maximum);
  return fc.oneof(fc.constantFrom(...telling), fc.integer({ min: 1, max: maximum }));
}

export function shapes({ minRank = 0, maxRank = 6, maxLength = 4 } = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: maxLength }), { minLength: minRank, maxLength: maxRank });
}

function pairs(minimum: number, maximum: number): fc.Arbitrary<[number, number]> {
  const one = fc.integer({ min: minimum, max: maximum });
  return fc.tuple(one, one);
}

/** Whether at least one window fits the padded image. */
function fits({ image, kernel, ...options }: WindowCase): boolean {
  const window = windowOf("contract", kernel, options);
  return [0, 1].every((axis) => {
    const padded = image[axis] + window.padding[2 * axis] + window.padding[2 * axis + 1];
    return window.dilation[axis] * (window.kernel[axis] - 1) < padded;
  });
}

const sides = fc.integer({ min: 0, max: 3 });

/** Padding may be larger than the filter and differ by side, strides may be larger than the filter. */
export const windows: fc.Arbitrary<WindowCase> = fc
  .record({
    image: fc.tuple(sizes(12), sizes(12)),
    kernel: pairs(1, 5),
    stride: pairs(1, 4),
    padding: fc.tuple(sides, sides, sides, sides),
    dilation: pairs(1, 2),
  })
  .filter(fits);

/** Windows and groups of every kind: one, some, depthwise. */
const anyConvolutions: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    window: windows,
    batch: fc.integer({ min: 1, max: 3 }),
    groups: fc.constantFrom(1, 1, 2, 3, 17),
    channels: sizes(9),
    filters: sizes(17),
    exact: flags,
  })
  .map(({ window, batch, groups, channels, filters, exact }) => {
    const many = groups === 17;
    const inChannels = groups * (many ? 1 : channels);
    const outChannels = groups * (many ? Math.min(filters, 2) : filters);
    return { ...window, batch, groups, inChannels, outChannels, exact };
  });

/** 3×3 with stride 1, which kernels have fast ways for, on images that their tiles do not divide. */
const commonConvolutions: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    image: fc.tuple(sizes(17), sizes(17)),
    kernel: fc.constant(3),
    padding: fc.oneof(fc.constant(1), fc.constant(2), fc.tuple(sides, sides, sides, sides)),
    batch: fc.integer({ min: 1, max: 5 }),
    inChannels: fc.constantFrom(1, 2, 3, 8, 16, 17),
    outChannels: fc.constantFrom(1, 2, 3, 16, 17, 33),
    exact: flags,
  })
  .filter(fits);

export const convolutions = fc.oneof(anyConvolutions, commonConvolutions);

/** Padding is at most half the window, so that every window holds a pixel. */
export const pools: fc.Arbitrary<PoolingCase> = fc
  .record({
    image: fc.tuple(sizes(17), sizes(17)),
    kernel: pairs(1, 4),
    stride: pairs(1, 4),
    planes: sizes(5),
    channels: sizes(19),
  })
  .chain((shape) =>
    fc
      .tuple(...shape.kernel.map((length) => fc.integer({ min: 0, max: Math.floor(length / 2) })))
      .map(([vertical, horizontal]): PoolingCase => ({ ...shape, padding: [vertical, horizontal] })),
  )
  .filter(fits);
