// The kernels where their loops change gear: around the edges of tiles, vectors and pieces, which the contract's small
// calls do not reach, and programs of `fused` whose outputs lie in the memory of their inputs.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelName } from "../../program/kernel-table.ts";
import { sizeOf, stridesOf } from "../../shape/shape.ts";
import type { Backend } from "../backend.ts";
import type { Arguments } from "../reference/arguments.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { forward, inputGradient } from "./cases/convolution.ts";
import { instruction } from "./cases/elementwise.ts";
import { execute } from "./execution.ts";
import { difference } from "./tolerance.ts";
import { blank, normals } from "./values.ts";

const reference = new ReferenceBackend();
/** Holds a call against the reference. */
type Check = <Name extends KernelName>(kernel: Name, call: Arguments<Name>, absolute?: number) => Promise<void>;

/** Registers the tests for the backend that `createBackend` makes, once. */
export function runEdges(name: string, createBackend: () => Backend | Promise<Backend>): void {
  describe(`edges: ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    });
    const check: Check = async (kernel, call, absolute = 0) => {
      const found = await execute(backend, kernel, call, "external");
      const expected = await execute(reference, kernel, call, "external");
      expected.written.forEach((array, index) => {
        expect(difference(found.written[index], array, absolute, 1)).toBe(null);
      });
    };
    for (const edges of [fusedEdges, reduceEdges, copyEdges, poolingEdges, randomEdges]) edges(check);
    emptyWindows(() => backend);
  });
}

/** Rounding of regrouped products must not look like activity to a relu where there is none: the black around a digit. */
function emptyWindows(backend: () => Backend): void {
  const shapes = fc.record({
    batch: fc.constantFrom(1, 3),
    inChannels: fc.constantFrom(8, 16, 19, 33),
    outChannels: fc.constantFrom(8, 16, 17),
    image: fc.tuple(fc.integer({ min: 5, max: 18 }), fc.integer({ min: 5, max: 18 })),
    padding: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
    // where each image holds something: a rectangle, empty or of any size
    corner: fc.tuple(fc.nat(17), fc.nat(17)),
    size: fc.tuple(fc.nat(6), fc.nat(6)),
  });
  type Shape = typeof shapes extends fc.Arbitrary<infer S> ? S : never;

  /** normal numbers [batch, height, width, channels], zero outside of the rectangle */
  function sparse(height: number, width: number, channels: number, { batch, corner, size }: Shape): Float32Array {
    const values = normals(batch * height * width * channels, 5);
    const within = (place: number, axis: number): boolean => place >= corner[axis] && place < corner[axis] + size[axis];
    return values.map((value, index) => {
      const pixel = Math.floor(index / channels);
      return within(Math.floor(pixel / width) % height, 0) && within(pixel % width, 1) ? value : 0;
    });
  }

  async function checkZeros<Name extends KernelName>(kernel: Name, call: Arguments<Name>): Promise<void> {
    const [found] = (await execute(backend(), kernel, call, "external")).written;
    const [expected] = (await execute(reference, kernel, call, "external")).written;
    const places = Array.from(expected.keys()).filter((index) => expected[index] === 0);
    expect(places.filter((index) => found[index] !== 0)).toEqual([]);
  }

  it("conv2d(...) sums nothing but zeros to exactly 0, products regrouped or not", async () => {
    const property = fc.asyncProperty(shapes, async (shape) => {
      const call = forward({ ...shape, kernel: 3, exact: 0 });
      const x = sparse(call.height, call.width, call.inChannels, shape);
      await checkZeros("conv2d", { ...call, x });
    });
    await fc.assert(property, { seed: 21, numRuns: 60 });
  });

  it("conv2dInputGradient(...) sums nothing but zeros to exactly 0, products regrouped or not", async () => {
    const property = fc.asyncProperty(shapes, async (shape) => {
      const padding = shape.padding.map((side) => side % 3) as [number, number, number, number];
      const call = inputGradient({ ...shape, padding, kernel: 3, exact: 0 });
      const g = sparse(call.outHeight, call.outWidth, call.outChannels, shape);
      await checkZeros("conv2dInputGradient", { ...call, g });
    });
    await fc.assert(property, { seed: 22, numRuns: 60 });
  });
}

function fusedEdges(check: Check): void {
  /** Functions whose float32 result is the rounded double one, so that both backends give the same bits. */
  const functions = ["add", "sub", "maximum", "minimum", "negate", "less", "where", "relu"] as const;
  const layouts = ["dense", "dense", "dense", "scalar", "row", "column", "transposed"] as const;
  const constants = [0.5, -2];
  const temporaries = 4;

  const plans = fc.record({
    rows: fc.constantFrom(1, 3, 16, 20),
    columns: fc.constantFrom(1, 5, 16, 17, 60),
    inputs: fc.array(fc.constantFrom(...layouts), { minLength: 1, maxLength: 4 }),
    code: fc.array(
      fc.record({
        name: fc.constantFrom(...functions),
        target: fc.nat(temporaries - 1),
        operands: fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
      }),
      { maxLength: 9 },
    ),
    /** the register of each output, and which input's memory it takes; past the inputs, its own */
    outputs: fc.array(fc.record({ register: fc.nat(20), memory: fc.nat(5) }), { minLength: 1, maxLength: 3 }),
  });

  function callOf({ rows, columns, inputs, code, outputs }: typeof plans extends fc.Arbitrary<infer P> ? P : never) {
    const strides = { dense: [columns, 1], scalar: [0, 0], row: [0, 1], column: [1, 0], transposed: [1, rows] };
    const lengths = { dense: rows * columns, scalar: 1, row: columns, column: rows, transposed: rows * columns };
    const arrays = inputs.map((layout, index) => normals(lengths[layout], index + 1));
    const fixed = inputs.length + constants.length;
    const registers = fixed + temporaries;
    // every temporary holds something before it is read
    const first = Array.from({ length: temporaries }, (_, i) => instruction("identity", fixed + i, i % fixed));
    const rest = code.map(({ name, target, operands }) =>
      instruction(name, fixed + target, ...operands.map((operand) => operand % registers)),
    );
    const dense = arrays.filter((_, index) => inputs[index] === "dense");
    const call: Arguments<"fused"> = {
      inputs: arrays,
      outputs: outputs.map(({ memory }) =>
        memory < dense.length ? dense.splice(memory, 1)[0] : blank(rows * columns),
      ),
      shape: [rows, columns],
      strides: inputs.flatMap((layout) => strides[layout]),
      constants,
      code: [...first, ...rest].flat(),
      results: outputs.map(({ register }) => register % registers),
      registers,
    };
    return call;
  }

  it("fused(...) gives the reference's bits for any program, layout and sharing of memory", async () => {
    const property = fc.asyncProperty(plans, (plan) => check("fused", callOf(plan)));
    await fc.assert(property, { seed: 11, numRuns: 400 });
  });
}

function reduceEdges(check: Check): void {
  const shapes = [
    [15],
    [16],
    [17],
    [1024],
    [1025],
    [5000],
    [70, 300],
    [300, 70],
    [3, 65, 17],
    [65, 3, 1100],
    [2, 3, 4, 5],
  ];
  const calls = shapes.flatMap((shape) =>
    [0, 1].flatMap((first) => [0, 1, 2].map((operation) => ({ shape, first, operation }))),
  );

  it.each(calls)("reduce([$shape]) with firstReduced $first and operation $operation", async (call) => {
    const { shape, first: firstReduced, operation } = call;
    const kept = shape.filter((_, axis) => (axis + firstReduced) % 2 === 0);
    const x = normals(sizeOf(shape), 3);
    const out = blank(sizeOf(kept));
    const tolerance = operation === 0 ? 1e-4 : 0;
    await check("reduce", { x, out, shape, firstReduced, operation, scale: 0.5, accumulate: 0 }, tolerance);
  });
}

function copyEdges(check: Check): void {
  it.each([[[33, 40]], [[64, 3]], [[3, 70]], [[5, 33, 34]], [[2, 3, 4, 35]]])(
    "copy([%s]) in every order of axes",
    async (shape) => {
      const axes = shape.map((_, axis) => axis);
      const orders =
        axes.length === 2
          ? [[1, 0]]
          : [axes.toReversed(), [...axes.slice(1), 0], [axes.length - 1, ...axes.slice(0, -1)]];
      for (const order of orders) {
        const target = order.map((axis) => shape[axis]);
        const xStrides = order.map((axis) => stridesOf(shape)[axis]);
        const x = new Int32Array(normals(sizeOf(shape), 5).buffer);
        const out = new Int32Array(sizeOf(shape));
        await check("copy", {
          x,
          out,
          shape: target,
          xStrides,
          outStrides: stridesOf(target),
          xOffset: 0,
          outOffset: 0,
        });
      }
    },
  );
}

function poolingEdges(check: Check): void {
  const windows = [1, 2, 3].flatMap((stride) =>
    [2, 3].flatMap((kernel) => [
      ...[5, 11, 24].map((width) => ({ stride, width, kernel, channels: 1 })),
      ...[3, 15, 16, 17, 40, 70].map((channels) => ({ stride, width: 5, kernel, channels })),
    ]),
  );

  it.each(windows)(
    "pools of kernel $kernel, stride $stride over planes $width wide of $channels channels",
    async ({ stride, width, kernel, channels }) => {
      const outHeight = Math.floor((7 + 2 - kernel) / stride) + 1;
      const outWidth = Math.floor((width + 2 - kernel) / stride) + 1;
      const output = 3 * outHeight * outWidth * channels;
      const sizes = { planes: 3, channels, height: 7, width, outHeight, outWidth };
      const window = { kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride };
      const pool = { ...sizes, ...window, paddingTop: 1, paddingLeft: 1 };
      // few different values, so that the first of equals matters
      const x = normals(3 * 7 * width * channels, 9).map(Math.round);
      x[(width + 1) * channels] = Number.NaN;
      await check("maxPool2d", { x, out: blank(output), indices: new Int32Array(output), ...pool });
      for (const countPadding of [0, 1]) {
        await check("avgPool2d", { x, out: blank(output), ...pool, countPadding }, 1e-6);
        await check("avgPool2dGradient", { g: normals(output, 2), out: blank(x.length), ...pool, countPadding }, 1e-6);
      }
    },
  );
}

function randomEdges(check: Check): void {
  it.each([1, 4, 15, 16, 17, 1000])("random(count %i) gives the reference's words", async (count) => {
    const call = { key: Int32Array.of(-1, 7, 2 ** 31 - 1), out: blank(count), count, low: -1, spread: 3 };
    await check("random", { ...call, distribution: 0 });
    await check("random", { ...call, distribution: 1 }, 5e-6);
  });
}
