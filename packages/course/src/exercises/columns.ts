// im2col and col2im on any shape: what becomes of a patch, and why one does not undo the other.
import { col2im, div, im2col, mul, ones, sum, tensor } from "tatamijs/ops";
import { Random, streamOf } from "tatamijs/random";
import { defineExercise } from "../frame/exercise.ts";
import { measure, type Result, table, text, verdict } from "../frame/result.ts";
import { choice, integer, type Values } from "../frame/setting.ts";
import { outputSize } from "../nets/sizes.ts";

const settings = {
  images: integer(1, "N", { max: 1000 }),
  channels: integer(1, "C", { max: 64 }),
  height: integer(4, "H", { max: 64 }),
  width: integer(4, "W", { max: 64 }),
  filter: integer(2, "side of the patches", { max: 64 }),
  stride: integer(1, "pixels between patches", { max: 64 }),
  padding: integer(0, "pixels of zeros around", { min: 0, max: 64 }),
  dilation: integer(1, "pixels between the taps of a patch", { max: 16 }),
  values: choice("ones", ["ones", "count", "random"], "all 1; 0, 1, 2, …; or random from 0 to 99"),
};

/** More rows than this are told of, not shown. */
const shownRows = 12;

export const columns = defineExercise({
  id: "im2col",
  title: "im2col and col2im",
  teaches:
    "im2col lays every patch out as a row, so that one matrix product does the whole convolution. col2im adds rows back where they came from: pixels that several patches share are added up several times, which is what the backward pass needs, because each patch has its own gradient. It does not undo im2col, and it is not what makes the output.",
  formula:
    "im2col: [N, C, H, W] → [N·OH·OW, C·F·F]; ⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩; OH = (H + 2P − D(F − 1) − 1)/S + 1",
  settings,
  quick: { seeds: 1 },
  variants: [
    {
      name: "stride-1",
      description: "ones, 2 × 2 patches one pixel apart: up to 4 of them share a pixel",
      set: {},
      published: [],
    },
    {
      name: "stride-2",
      description: "patches that do not overlap: here col2im does undo im2col",
      set: { stride: "2" },
      published: [],
    },
    {
      name: "padding-2",
      description: "enough padding that every pixel is in as many patches",
      set: { padding: "2" },
      published: [],
    },
    {
      name: "try-1",
      description: "the note's first try: (2, 1, 4, 4), filter 3",
      set: { images: "2", filter: "3", values: "random" },
      published: [
        { measure: "rows", values: [8] },
        { measure: "columns", values: [9] },
      ],
    },
    {
      name: "try-2",
      description: "the note's second try: filter 6, stride 2, padding 1",
      set: { images: "2", filter: "6", stride: "2", padding: "1", values: "random" },
      published: [
        { measure: "rows", values: [2] },
        { measure: "columns", values: [36] },
      ],
    },
    {
      name: "leftover",
      description: "a stride that does not divide: the last column and row are in no patch, and get no gradient",
      set: { height: "6", width: "6", filter: "3", stride: "2", values: "count" },
      published: [],
    },
  ],
  yields: ["text", "table", "verdict", "measure"],
  tiny: {},
  refuse: (values) => {
    const { height, width, filter, padding, dilation } = values;
    const room = Math.min(height, width) + 2 * padding;
    return extentOf(filter, dilation) > room
      ? {
          key: "filter",
          expected: `at most ${Math.floor((room - 1) / dilation) + 1}: the padded input is ${room} wide`,
        }
      : null;
  },
  run: runColumns,
});

const extentOf = (filter: number, dilation: number): number => dilation * (filter - 1) + 1;

async function* runColumns(values: Values<typeof settings>, { seed }: { seed: number }): AsyncGenerator<Result> {
  const { images, channels, height, width, filter, stride, padding, dilation } = values;
  const shape = [images, channels, height, width];
  const size = shape.reduce((product, length) => product * length, 1);
  const random = new Random(seed, streamOf("im2col"));
  const pixels = Float32Array.from({ length: size }, (_, index) =>
    values.values === "ones" ? 1 : values.values === "count" ? index : random.integer(100),
  );
  const window = { stride, padding, dilation };
  const extent = extentOf(filter, dilation);
  const [oh, ow] = [height, width].map((side) => outputSize(side, extent, { stride, padding }));
  yield text(
    `OH = (${height} + 2·${padding} − ${extent})/${stride} + 1 = ${oh}, OW = (${width} + 2·${padding} − ${extent})/${stride} + 1 = ${ow}`,
  );
  const [unseenRows, unseenColumns] = [
    [height, oh],
    [width, ow],
  ].map(([side, out]) => side + 2 * padding - ((out - 1) * stride + extent));
  if (unseenRows > 0 || unseenColumns > 0) {
    yield text(
      `The stride does not divide: the last ${unseenRows} rows and ${unseenColumns} columns of the padded input are in no patch.`,
    );
  }
  const x = tensor(pixels, shape);
  yield matrix("x, first image and channel", await x.data(), width, height);
  const rows = im2col(x, filter, window);
  const laid = await rows.data();
  yield matrix(`im2col(x): ${rows.shape[0]} rows of ${rows.shape[1]}`, laid, rows.shape[1], rows.shape[0]);
  const back = await col2im(rows, shape, filter, window).data();
  yield matrix("col2im(im2col(x)), first image and channel", back, width, height);
  const counts = await col2im(im2col(ones(shape), filter, window), shape, filter, window).data();
  yield matrix("in how many patches each pixel is", counts, width, height);

  yield measure("rows", rows.shape[0]);
  yield measure("columns", rows.shape[1]);
  yield measure("most patches a pixel is in", Math.max(...counts));
  const scaled = pixels.every((pixel, index) => back[index] === pixel * counts[index]);
  yield verdict(
    "col2im(im2col(x)) is x times the number of patches each pixel is in",
    scaled,
    `${counts.filter((count) => count === 1).length} of ${size} pixels are in exactly one patch, ${counts.filter((count) => count === 0).length} in none; only the first come back as they were`,
  );
  const weights = tensor(
    Float32Array.from({ length: laid.length }, () => random.integer(9) - 4),
    rows.shape,
  );
  const left = await sum(mul(rows, weights)).item();
  const right = await sum(mul(x, col2im(weights, shape, filter, window))).item();
  yield verdict(
    "col2im is im2col's transpose: ⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩",
    Math.abs(left - right) <= 1e-5 * Math.max(1, Math.abs(left), pixels.length * 100),
    `for random c: ${left} and ${right}`,
  );
  if (counts.every((count) => count > 0)) {
    const restored = await div(tensor(back, shape), tensor(counts, shape)).data();
    yield verdict(
      "divided by these counts, x is back",
      restored.every((value, index) => Math.abs(value - pixels[index]) <= 1e-4 * Math.max(1, Math.abs(pixels[index]))),
      "so nothing was lost; it was added up",
    );
  }
}

/** The first rows of row-major values. */
function matrix(title: string, values: ArrayLike<number>, columnCount: number, rowCount: number): Result {
  const shownColumns = Math.min(columnCount, 16);
  const rows = Array.from({ length: Math.min(rowCount, shownRows) }, (_, row) =>
    Array.from({ length: shownColumns }, (_, column) => values[row * columnCount + column]),
  );
  const cut = rowCount > shownRows || columnCount > shownColumns ? " (the beginning)" : "";
  return table(
    `${title}${cut}`,
    Array.from({ length: shownColumns }, (_, column) => `${column}`),
    rows,
  );
}
