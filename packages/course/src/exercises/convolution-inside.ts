// One convolution three ways: loops as one writes them down, im2col with a matrix product, and the compiled kernel.
import { conv2d, im2col, matmul, reshape, tensor, transpose } from "tatamijs/ops";
import { Random, streamOf } from "tatamijs/random";
import { compile, type Tensor } from "tatamijs/tensor";
import { defineExercise } from "../frame/exercise.ts";
import { measure, type Result, table, text, verdict } from "../frame/result.ts";
import { integer, type Values } from "../frame/setting.ts";
import { outputSize } from "../nets/sizes.ts";

const settings = {
  images: integer(1000, "N", { max: 10_000 }),
  channels: integer(1, "C", { max: 64 }),
  size: integer(4, "H and W", { max: 64 }),
  filters: integer(1, "number of filters", { max: 256 }),
  filter: integer(2, "their side", { max: 16 }),
  stride: integer(1, "pixels between their places", { max: 16 }),
  padding: integer(0, "pixels of zeros around", { min: 0, max: 16 }),
  repeats: integer(5, "each way is timed so often; the fastest counts", { max: 100 }),
};

export const convolutionInside = defineExercise({
  id: "convolution",
  title: "Convolution from the inside",
  teaches:
    "Seven nested loops are the definition of a convolution; im2col and one matrix product do the same additions in an order that processors are good at. A compiled kernel does them without laying the patches out at all. All give the same numbers but for rounding, because float addition depends on the order.",
  formula: "out[n, k, i, j] = b[k] + Σ_c Σ_u Σ_v w[k, c, u, v] · x[n, c, i·S + u − P, j·S + v − P]",
  settings,
  quick: { seeds: 1 },
  variants: [
    {
      name: "note",
      description: "1,000 images of 4 × 4, filter 2 × 2: in NumPy about 88 ms by loops and 1 ms by im2col",
      set: {},
      published: [],
    },
    {
      name: "simple-conv",
      description: "the convolution of exercise 2_6 on 20 images",
      set: { images: "20", size: "28", filters: "30", filter: "5" },
      published: [],
    },
    {
      name: "deep",
      description: "many channels: the third block of exercise 2_8 on 10 images",
      set: { images: "10", channels: "64", size: "8", filters: "64", filter: "3", padding: "1" },
      published: [],
    },
  ],
  yields: ["text", "table", "verdict", "measure"],
  tiny: { images: "3", repeats: "1" },
  refuse: ({ size, filter, padding }) =>
    filter > size + 2 * padding
      ? { key: "filter", expected: `at most ${size + 2 * padding}: the padded input is so wide` }
      : null,
  run: runConvolution,
});

type Shapes = Values<typeof settings>;

async function* runConvolution(values: Shapes, { seed }: { seed: number }): AsyncGenerator<Result> {
  const { images, channels, size, filters, filter, stride, padding, repeats } = values;
  const random = new Random(seed, streamOf("convolution"));
  const draw = (length: number): Float32Array => {
    const drawn = new Float32Array(length);
    random.normalInto(drawn);
    return drawn;
  };
  const pixels = draw(images * channels * size * size);
  const weights = draw(filters * channels * filter * filter);
  const x = tensor(pixels, [images, channels, size, size]);
  const w = tensor(weights, [filters, channels, filter, filter]);
  const out = outputSize(size, filter, { stride, padding });
  const multiplyAdds = images * filters * out * out * channels * filter * filter;
  yield text(`Output [${images}, ${filters}, ${out}, ${out}], ${multiplyAdds.toLocaleString("en-US")} multiply-adds.`);

  let naive: Float32Array = new Float32Array();
  const loops = await fastest(repeats, async () => {
    naive = naiveConvolution(pixels, weights, values);
  });
  const window = { stride, padding };
  const columns = await timed(repeats, [x, w], (input, kernel) => {
    const rows = matmul(im2col(input, filter, window), reshape(kernel, [filters, -1]), { transposeB: true });
    return transpose(reshape(rows, [images, out, out, filters]), [0, 3, 1, 2]);
  });
  const compiled = await timed(repeats, [x, w], (input, kernel) => conv2d(input, kernel, window));
  const row = (name: string, seconds: number): [string, number, number] => [
    name,
    seconds * 1000,
    (multiplyAdds * 2) / seconds / 1e9,
  ];
  yield table(
    "the same convolution three ways",
    ["way", "ms", "GFLOP/s"],
    [
      row("loops in JavaScript", loops),
      row("im2col and matmul", columns.seconds),
      row("compiled kernel", compiled.seconds),
    ],
  );
  for (const [name, found] of [
    ["im2col and matmul", columns.values],
    ["the compiled kernel", compiled.values],
  ] as const) {
    const largest = naive.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = naive.reduce((most, value, index) => Math.max(most, Math.abs(value - found[index])), 0);
    yield verdict(
      `${name} gives what the loops give, to rounding`,
      found.length === naive.length && off <= 1e-5 * largest,
      `largest difference ${off.toExponential(1)} of values up to ${largest.toPrecision(3)}`,
    );
  }
  yield measure("loops over im2col", loops / columns.seconds);
  yield measure("loops over kernel", loops / compiled.seconds);
}

/** The definition, loop by loop, in double precision. */
export function naiveConvolution(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  shapes: Omit<Shapes, "repeats">,
): Float32Array {
  const { images, channels, size, filters, filter, stride, padding } = shapes;
  const out = outputSize(size, filter, { stride, padding });
  const result = new Float32Array(images * filters * out * out);
  let place = 0;
  for (let n = 0; n < images; n++) {
    for (let k = 0; k < filters; k++) {
      for (let i = 0; i < out; i++) {
        for (let j = 0; j < out; j++) {
          let total = 0;
          for (let c = 0; c < channels; c++) {
            for (let u = 0; u < filter; u++) {
              for (let v = 0; v < filter; v++) {
                const row = i * stride + u - padding;
                const column = j * stride + v - padding;
                if (row < 0 || column < 0 || row >= size || column >= size) continue;
                const pixel = x[((n * channels + c) * size + row) * size + column];
                total += pixel * w[((k * channels + c) * filter + u) * filter + v];
              }
            }
          }
          result[place++] = total;
        }
      }
    }
  }
  return result;
}

/** Seconds of the fastest of some runs, after one that does not count. */
async function fastest(repeats: number, run: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const began = performance.now();
    await run();
    if (repeat > 0) best = Math.min(best, performance.now() - began);
  }
  return best / 1000;
}

async function timed(
  repeats: number,
  inputs: readonly [Tensor, Tensor],
  body: (x: Tensor, w: Tensor) => Tensor,
): Promise<{ seconds: number; values: Float32Array }> {
  const compiled = compile((x, w) => [body(x, w)]);
  const prepared = await compiled.prepare(inputs);
  for (const [index, input] of inputs.entries()) prepared.setInput(index, await input.data());
  const seconds = await fastest(repeats, async () => {
    await prepared.run();
  });
  const values = prepared.output(0).slice();
  compiled[Symbol.dispose]();
  return { seconds, values };
}
