// Cases of the pools: ties, padding and NaN by hand.
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCases } from "../contract-case.ts";
import { blank, blankInts, counted, floats, integers, ints } from "../values.ts";
import { type PoolingCase, poolingFields, poolingSizes } from "../windows.ts";

export function maxPool(shape: PoolingCase, x: Float32Array): Arguments<"maxPool2d"> {
  const fields = poolingFields(shape);
  const { out } = poolingSizes(fields);
  return { x, out: blank(out), indices: blankInts(out), ...fields };
}

export function avgPool(shape: PoolingCase, x: Float32Array, countPadding: number): Arguments<"avgPool2d"> {
  const fields = poolingFields(shape);
  return { x, out: blank(poolingSizes(fields).out), ...fields, countPadding };
}

export function avgPoolGradient(
  shape: PoolingCase,
  g: Float32Array,
  countPadding: number,
): Arguments<"avgPool2dGradient"> {
  const fields = poolingFields(shape);
  return { g, out: blank(poolingSizes(fields).x), ...fields, countPadding };
}

const { NaN: nan, NEGATIVE_INFINITY: least, POSITIVE_INFINITY: infinity } = Number;

/** -2 to 2 with NaNs among them: [4, 6, 17] */
const fewNumbers = Float32Array.from(integers(4 * 6 * 17, 6, 1), (value) => (value === 5 ? nan : value - 2));

const four: PoolingCase = { image: [4, 4], kernel: 2, stride: 2 };
const padded: PoolingCase = { image: [2, 2], kernel: 2, stride: 2, padding: 1 };
const overlapping: PoolingCase = { image: [1, 3], kernel: [1, 2] };

export const poolingCases: ContractCases<"maxPool2d" | "avgPool2d" | "avgPool2dGradient"> = {
  maxPool2d: [
    {
      title: "takes the largest of each window and says where it is in the plane",
      call: maxPool(four, counted(16)),
      golden: [floats(6, 8, 14, 16), ints(5, 7, 13, 15)],
    },
    {
      title: "takes the first of equals",
      call: maxPool({ image: [2, 4], kernel: 2, stride: 2 }, floats(0, 3, 1, 1, 3, 3, 1, 1)),
      golden: [floats(3, 1), ints(1, 2)],
    },
    {
      title: "never takes the padding, not even over numbers below 0",
      call: maxPool(padded, floats(-1, -2, -3, -4)),
      golden: [floats(-1, -2, -3, -4), ints(0, 1, 2, 3)],
    },
    {
      title: "finds a place where everything is -Infinity",
      call: maxPool({ ...padded, image: [1, 2] }, floats(least, least)),
      golden: [floats(least, least), ints(0, 1)],
    },
    {
      title: "takes the first NaN",
      call: maxPool({ image: [2, 4], kernel: 2, stride: 2 }, floats(9, nan, 1, 2, nan, 9, 4, 3)),
      golden: [floats(nan, 4), ints(1, 6)],
    },
    {
      title: "counts indices within each plane",
      call: maxPool({ image: [1, 2], kernel: [1, 2], planes: 2 }, floats(1, 2, 4, 3)),
      golden: [floats(2, 4), ints(1, 0)],
    },
    {
      title: "looks at each channel alone",
      call: maxPool({ image: [2, 2], kernel: 2, channels: 3 }, floats(1, 9, 0, 2, 8, 5, 4, 7, 5, 3, 6, 1)),
      golden: [floats(4, 9, 5), ints(2, 0, 1)],
    },
    {
      title: "looks at each channel of each plane alone",
      call: maxPool({ image: [1, 2], kernel: [1, 2], channels: 2, planes: 2 }, floats(1, 4, 2, 3, 8, 5, 7, nan)),
      golden: [floats(2, 4, 8, nan), ints(1, 0, 0, 1)],
    },
    {
      title: "takes the first of equals and the first NaN in as many channels as a vector has and one more",
      call: maxPool({ image: [4, 6], kernel: 2, stride: 2, channels: 17 }, fewNumbers),
    },
    {
      title: "is not led astray by infinities in many channels",
      call: maxPool(
        { image: [2, 2], kernel: 2, channels: 16 },
        Float32Array.from({ length: 64 }, (_, index) => (index % 3 === 0 ? infinity : least)),
      ),
    },
    {
      title: "overlaps where the stride is smaller than the window",
      call: maxPool({ image: [1, 4], kernel: [1, 3] }, floats(5, 1, 2, 7)),
      golden: [floats(5, 7), ints(0, 3)],
    },
    {
      title: "leaves indices out",
      call: { ...maxPool(four, counted(16)), indices: null },
      golden: [floats(6, 8, 14, 16)],
    },
    {
      title: "leaves values out",
      call: { ...maxPool(four, counted(16)), out: null },
      golden: [ints(5, 7, 13, 15)],
    },
    {
      title: "leaves over what the stride does not reach",
      call: maxPool({ image: [3, 3], kernel: 2, stride: 2 }, counted(9)),
      golden: [floats(5), ints(4)],
    },
  ],
  avgPool2d: [
    {
      title: "takes the mean of each window",
      call: avgPool(four, counted(16), 1),
      golden: [floats(3.5, 5.5, 11.5, 13.5)],
    },
    {
      title: "counts the padding",
      call: avgPool(padded, floats(4, 8, 12, 16), 1),
      golden: [floats(1, 2, 3, 4)],
    },
    {
      title: "does not count the padding",
      call: avgPool(padded, floats(4, 8, 12, 16), 0),
      golden: [floats(4, 8, 12, 16)],
    },
    {
      title: "takes the mean of whole planes",
      call: avgPool({ image: [2, 3], kernel: [2, 3], planes: 2 }, counted(12), 0),
      golden: [floats(3.5, 9.5)],
    },
    {
      title: "takes the mean of each channel alone",
      call: avgPool({ image: [1, 3], kernel: [1, 2], channels: 2 }, counted(6), 1),
      golden: [floats(2, 3, 4, 5)],
    },
  ],
  avgPool2dGradient: [
    {
      title: "gives every pixel of a window an equal share",
      call: avgPoolGradient({ image: [2, 4], kernel: 2, stride: 2 }, floats(4, 8), 1),
      golden: [floats(1, 1, 2, 2, 1, 1, 2, 2)],
    },
    {
      title: "adds up where windows overlap",
      call: avgPoolGradient(overlapping, floats(2, 6), 1),
      golden: [floats(1, 4, 3)],
    },
    {
      title: "shares out each channel alone",
      call: avgPoolGradient({ ...overlapping, channels: 2 }, floats(2, 20, 6, 60), 1),
      golden: [floats(1, 10, 4, 40, 3, 30)],
    },
    {
      title: "gives the padding its share",
      call: avgPoolGradient(padded, floats(4, 8, 12, 16), 1),
      golden: [floats(1, 2, 3, 4)],
    },
    {
      title: "gives the padding nothing",
      call: avgPoolGradient(padded, floats(4, 8, 12, 16), 0),
      golden: [floats(4, 8, 12, 16)],
    },
    {
      title: "leaves 0 where no window reaches",
      call: avgPoolGradient({ image: [1, 3], kernel: [1, 2], stride: 2 }, floats(2), 0),
      golden: [floats(1, 1, 0)],
    },
  ],
};
