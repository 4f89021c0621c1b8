import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import { upload } from "../backend/backend.ts";
import { normals } from "../backend/contract/values.ts";
import { ReferenceBackend } from "../backend/reference/index.ts";
import { makeNode, type Node, reachable } from "../graph/node.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import * as ops from "../ops/index.ts";
import type { KernelCall } from "../program/program.ts";
import { type TypedArray, typedArray } from "../shape/dtype.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";
import { compileGraph, storageOf } from "./index.ts";

/** A leaf with normal numbers in it. */
const leaf = (...shape: number[]): Tensor =>
  ops.stored(new Storage(shape, "float32", normals(sizeOf(shape), shape.length)));

function compiled(outputs: readonly Node[]) {
  return compileGraph({ outputs, updates: [], guards: [] });
}

function callsOf(...outputs: Tensor[]): readonly KernelCall[] {
  return compiled(outputs.map(({ node }) => node)).program.segments.flatMap(({ calls }) => calls);
}

/** The labels of the calls that only move words. */
const copiesOf = (...outputs: Tensor[]): string[] =>
  callsOf(...outputs).flatMap(({ kernel, label }) => (kernel === "copy" ? [label] : []));

/** The values of `outputs`, computed by one program on the reference backend. */
function run(outputs: readonly Node[]): TypedArray[] {
  const backend = new ReferenceBackend();
  const { program, storages } = compiled(outputs);
  const buffers = storages.map(({ host }) => {
    const buffer = backend.allocate(host!.byteLength);
    upload(backend, buffer, host!);
    return buffer;
  });
  const executable = backend.load(program, buffers);
  executable.run();
  return outputs.map(({ dtype, shape }, index) => {
    const values = typedArray(dtype, sizeOf(shape));
    const words = executable.output(index).slice();
    values.set(dtype === "int32" ? new Int32Array(words.buffer) : words);
    return values;
  });
}

const valuesOf = (tensor: Tensor): number[] => [...run([tensor.node])[0]!];

/** The same values, every node by a program of its own, so that nothing is moved past anything. */
function runEagerly(outputs: readonly Node[]): TypedArray[] {
  const values = new Map<Node, Storage>();
  for (const node of reachable(outputs)) {
    const inputs = node.inputs.map((input) => ops.stored(values.get(input)!).node);
    const computed = (): Storage =>
      new Storage(node.shape, node.dtype, run([makeNode(node.op, inputs, node.attributes)])[0]);
    values.set(node, storageOf(node) ?? computed());
  }
  return outputs.map((node) => values.get(node)!.host!);
}

describe("compileGraph keeps images channels last", () => {
  const [first, second] = [leaf(8, 1, 3, 3), leaf(4, 8, 3, 3)];
  const stack = (x: Tensor): Tensor =>
    ops.conv2d(ops.maxPool2d(ops.relu(ops.conv2d(x, first, { bias: leaf(8), padding: 1 })), 2), second);

  it("compileGraph of conv, relu, pool, conv reorders filters only", () => {
    const loss = ops.sum(stack(leaf(2, 1, 12, 12)));
    const onImages = callsOf(loss).filter(({ kernel }) => kernel !== "copy" && kernel !== "reduce");
    expect(onImages.map(({ kernel }) => kernel)).toEqual(["conv2d", "conv2d"]);
    expect(copiesOf(loss)).toEqual(["transpose [3, 3, 1, 8]", "transpose [3, 3, 8, 4]"]);
  });

  it("compileGraph of their gradients reorders filters and filter gradients only", () => {
    const loss = ops.sum(ops.square(stack(leaf(2, 1, 12, 12))));
    const filters = [
      "transpose [3, 3, 1, 8]",
      "transpose [3, 3, 8, 4]",
      "transpose [3, 3, 4, 8]",
      "transpose [4, 8, 3, 3]",
      "transpose [8, 1, 3, 3]",
    ];
    expect(copiesOf(loss, ...gradients(loss, [first, second])).sort()).toEqual(filters.sort());
  });

  it("compileGraph reorders an image of several channels once, however many convolutions read it", () => {
    const x = leaf(2, 3, 8, 8);
    const loss = ops.sum(ops.mul(ops.conv2d(x, leaf(4, 3, 3, 3)), ops.conv2d(x, leaf(4, 3, 3, 3))));
    expect(copiesOf(loss).filter((label) => label === "transpose [2, 8, 8, 3]")).toHaveLength(1);
  });

  it("compileGraph adds residuals and normalises batches where they lie", () => {
    const [gamma, beta, w] = [leaf(6), leaf(6), leaf(6, 6, 3, 3)];
    const x = ops.relu(ops.conv2d(leaf(2, 1, 8, 8), leaf(6, 1, 3, 3), { padding: 1 }));
    const y = ops.conv2d(x, w, { padding: 1 });
    const normal = ops.batchNorm(y, { ...ops.batchStatistics(y), gamma, beta });
    const loss = ops.sum(ops.square(ops.relu(ops.add(normal, x))));
    const images = copiesOf(loss, ...gradients(loss, [gamma, beta, w])).filter((label) => label.includes("8, 8"));
    expect(images).toEqual([]);
  });

  it("compileGraph joins, cuts, pads and flips channels-last images as they lie", () => {
    const x = leaf(2, 1, 6, 6);
    const [a, b] = [ops.conv2d(x, leaf(2, 1, 3, 3)), ops.conv2d(x, leaf(3, 1, 3, 3))];
    const both = ops.concat([a, b], 1);
    const padding = [0, 0, 1, 2].map((count) => [count, count] as const);
    const moved = ops.flip(ops.pad(ops.slice(both, [0, 1, 0, 0], [2, 3, 4, 4]), padding), [3]);
    expect(copiesOf(ops.sum(moved)).filter((label) => label.startsWith("transpose"))).toEqual([
      "transpose [3, 3, 1, 2]",
      "transpose [3, 3, 1, 3]",
    ]);
  });

  it("compileGraph flattens with one copy, and one for the gradient", () => {
    const [w, dense] = [leaf(4, 1, 3, 3), leaf(16, 5)];
    const images = ops.conv2d(leaf(3, 1, 4, 4), w);
    const loss = ops.sum(ops.square(ops.matmul(ops.reshape(images, [3, 16]), dense)));
    expect(copiesOf(loss)).toEqual(["transpose [3, 3, 1, 4]", "transpose [3, 4, 2, 2]"]);
    const backward = copiesOf(loss, ...gradients(loss, [w, dense])).filter((label) => label.includes("2, 2"));
    expect(backward).toEqual(["transpose [3, 4, 2, 2]", "transpose [3, 2, 2, 4]"]);
  });

  it("compileGraph flattens one pixel, or one channel, with none", () => {
    const x = leaf(3, 1, 4, 4);
    for (const w of [leaf(6, 1, 4, 4), leaf(1, 1, 3, 3)]) {
      const images = ops.conv2d(x, w);
      const dense = ops.matmul(ops.reshape(images, [3, -1]), leaf(sizeOf(images.shape) / 3, 5));
      expect(copiesOf(dense).filter((label) => label.startsWith("transpose [3, 6"))).toEqual([]);
    }
  });

  it("compileGraph repeats a channels-last gradient where it is read, not before", () => {
    const w = leaf(4, 1, 3, 3);
    const loss = ops.sum(ops.square(ops.sum(ops.conv2d(leaf(2, 1, 6, 6), w), [2, 3])));
    const images = copiesOf(...gradients(loss, [w])).filter((label) => label.includes("4, 4"));
    expect(images).toHaveLength(1);
  });

  it("compileGraph leaves pools of planar images planar", () => {
    const pooled = ops.maxPool2d(leaf(2, 3, 4, 4), 2);
    expect(callsOf(pooled)).toMatchObject([{ kernel: "maxPool2d", arguments: { planes: 6, channels: 1 } }]);
  });
});

describe("compileGraph gives results in the order N, C, H, W", () => {
  const tensor = (shape: Shape, values: number[]): Tensor =>
    ops.stored(new Storage(shape, "float32", Float32Array.from(values)));
  // channel 0: x₀ + x₁, channel 1: 10·x₁
  const images = ops.conv2d(tensor([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]), tensor([2, 2, 1, 1], [1, 1, 0, 10]));

  it("compileGraph of a convolution", () => {
    expect(valuesOf(images)).toEqual([4, 6, 30, 40, 12, 14, 70, 80]);
  });

  it("compileGraph of a sum that keeps channels and pixels", () => {
    expect(valuesOf(ops.sum(images, 0))).toEqual([16, 20, 100, 120]);
    expect(valuesOf(ops.max(images, 2))).toEqual([4, 6, 30, 40, 12, 14, 70, 80]);
    expect(valuesOf(ops.sum(images, [0, 2]))).toEqual([16, 20, 100, 120]);
  });

  it("compileGraph of elements taken along a row of pixels", () => {
    const indices = ops.tensor(Int32Array.of(1, 0, 0, 1), [2, 2, 1, 1]);
    expect(valuesOf(ops.takeAlong(images, indices))).toEqual([6, 30, 12, 80]);
    const g = ops.reshape(ops.slice(images, [0, 0, 0, 0], [2, 2, 1, 1]), [2, 2, 1, 1]);
    expect(valuesOf(ops.addAlong(g, indices, 2))).toEqual([0, 4, 30, 0, 12, 0, 0, 70]);
  });

  it("compileGraph of the largest channel", () => {
    expect(valuesOf(ops.argMax(images, 1))).toEqual([1, 1, 1, 1]);
  });
});

describe("compileGraph computes what its nodes compute one by one", () => {
  interface Step {
    readonly kind: number;
    readonly first: number;
    readonly second: number;
    readonly size: number;
  }

  type Build = (x: Tensor, other: Tensor, size: number, draw: (...shape: number[]) => Tensor) => Tensor;

  const channelsOf = ({ shape }: Tensor): number => shape[1]!;
  const perChannel = (x: Tensor, draw: (...shape: number[]) => Tensor): Tensor => draw(1, channelsOf(x), 1, 1);

  /** What a random network is made of. `other` is an image of x's shape, sometimes x itself. */
  const builds: readonly Build[] = [
    (x, _, size, draw) => ops.conv2d(x, draw(size + 1, channelsOf(x), size, 3), { padding: 1, bias: draw(size + 1) }),
    (x, _, size, draw) => ops.conv2d(x, draw(size, channelsOf(x), 2, 2), { padding: [1, 0], stride: [1, 2] }),
    (x, _, size, draw) =>
      ops.conv2d(x, draw(size * channelsOf(x), 1, 1, 2), { groups: channelsOf(x), padding: [0, 0, 1, 0] }),
    (x, _, size, draw) => ops.convTranspose2d(x, draw(channelsOf(x), size, 2, 2), { padding: 1 }),
    (x) => ops.maxPool2d(x, 2, { stride: 1, padding: 1 }),
    (x, _, size) => ops.avgPool2d(x, [1, 2], { stride: size, padding: [0, 1], countIncludePad: size === 1 }),
    (x) => ops.tanh(x),
    (x, other) => ops.add(x, other),
    (x, other) => ops.where(ops.greater(x, 0), other, ops.mul(x, 0.5)),
    (x, _, __, draw) => ops.add(ops.mul(x, perChannel(x, draw)), perChannel(x, draw)),
    (x, _, __, draw) => ops.sub(x, draw(...x.shape.slice(2))),
    (x, _, __, draw) => ops.mul(x, draw(x.shape[0]!, 1, x.shape[2]!, 1)),
    (x) => ops.sub(x, ops.mean(x, [0, 2, 3], { keepDims: true })),
    (x) => ops.sub(x, ops.max(x, [1], { keepDims: true })),
    (x) => ops.add(x, ops.sum(ops.tanh(x), [0])),
    (x) => ops.batchNorm(x, { ...ops.batchStatistics(x), eps: 0.1 }),
    (x) => ops.softmax(x, 1),
    (x, other) => ops.concat([x, other], 1),
    (x, other) => ops.concat([x, other], 3),
    (x) => ops.slice(x, [0, channelsOf(x) - 1, 0, 0], [x.shape[0]!, 1, x.shape[2]!, x.shape[3]!]),
    (x, _, size) =>
      ops.pad(
        x,
        [
          [0, 0],
          [size, 0],
          [0, 1],
          [0, 0],
        ],
        0.25,
      ),
    (x) => ops.flip(x, [1, 2]),
    (x) => ops.transpose(ops.sigmoid(ops.transpose(x, [0, 2, 3, 1])), [0, 3, 2, 1]),
    (x) => ops.reshape(ops.mul(ops.reshape(x, [x.shape[0]!, channelsOf(x), -1]), 2), x.shape),
    (x) => ops.reshape(ops.tanh(ops.reshape(x, [x.shape[0]!, -1])), x.shape),
    (x, _, __, draw) => ops.mul(draw(...x.shape), x),
  ];

  const plans = fc.record({
    shape: fc.tuple(...[5, 3, 5, 5].map((max) => fc.integer({ min: 1, max }))),
    steps: fc.array(
      fc.record({
        kind: fc.nat(builds.length - 1),
        first: fc.nat(99),
        second: fc.nat(99),
        size: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 2, maxLength: 9 },
    ),
  });

  /** Every image of the network, and the leaves it was made from. Steps that do not fit an image are left out. */
  function networkOf(shape: Shape, steps: readonly Step[]): { images: Tensor[]; leaves: Tensor[] } {
    const leaves: Tensor[] = [];
    const draw = (...lengths: number[]): Tensor => {
      const values = normals(sizeOf(lengths), leaves.length + 1, { std: 0.7 });
      const drawn = ops.stored(new Storage(lengths, "float32", values));
      leaves.push(drawn);
      return drawn;
    };
    const images = [draw(...shape)];
    for (const { kind, first, second, size } of steps) {
      // the latest images are chosen most often, so that networks are deep
      const x = images[Math.max(images.length - 1 - (first % 3), 0)]!;
      const alike = images.filter((image) => `${image.shape}` === `${x.shape}`);
      const other = alike[second % alike.length]!;
      if (sizeOf(x.shape) < 600 && x.shape[2]! > 1 && x.shape[3]! > 1) images.push(builds[kind]!(x, other, size, draw));
    }
    return { images, leaves };
  }

  function expectAlike(found: TypedArray, expected: TypedArray): void {
    const scale = Math.max(1, ...Array.from(expected, Math.abs));
    for (const [index, value] of found.entries()) expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-4 * scale);
  }

  it("compileGraph of random networks and their gradients", () => {
    const property = fc.property(plans, ({ shape, steps }) => {
      const { images, leaves } = networkOf(shape, steps);
      const last = images.at(-1)!;
      const outputs = [
        ...images,
        ops.sum(last, [0, 2]),
        ops.max(last, [1]),
        ...gradients(ops.sum(ops.square(last)), leaves),
      ].map(({ node }) => node);
      const expected = runEagerly(outputs);
      run(outputs).forEach((values, index) => {
        expectAlike(values, expected[index]!);
      });
    });
    fc.assert(property, { seed: 20261125, numRuns: 60 });
  });
});
