import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import * as ops from "../ops/index.ts";
import { elementwiseNames, instructionWords } from "../program/elementwise.ts";
import type { BufferRef, KernelCall } from "../program/program.ts";
import { type CompiledGraph, compileGraph, explain, structureOf } from "./index.ts";

const leaf = (...shape: number[]): Tensor => ops.stored(new Storage(shape, "float32"));

interface Asked {
  updates?: [Storage, Tensor][];
  guards?: Tensor[];
}

function compiled(outputs: Tensor[], { updates = [], guards = [] }: Asked = {}): CompiledGraph {
  return compileGraph({
    outputs: outputs.map(({ node }) => node),
    updates: updates.map(([storage, value]) => ({ storage, value: value.node })),
    guards: guards.map(({ node }) => node),
  });
}

const callsOf = ({ program }: CompiledGraph): KernelCall[] => program.segments.flatMap(({ calls }) => calls);
const kernels = (graph: CompiledGraph): string[] => callsOf(graph).map(({ kernel }) => kernel);

/** The elementwise functions of a fused call, in order. */
function functionsOf(call: KernelCall | undefined): string[] {
  if (call?.kernel !== "fused") throw new Error("expected a fused call");
  return call.arguments.code.filter((_, word) => word % instructionWords === 0).map((code) => elementwiseNames[code]!);
}

describe("compileGraph simplifies", () => {
  it("compileGraph of the same expression written twice computes it once", () => {
    const x = leaf(4, 4);
    expect(kernels(compiled([ops.softmax(x), ops.softmax(x)]))).toEqual(["softmax"]);
    expect(functionsOf(callsOf(compiled([ops.add(ops.exp(x), ops.exp(x))]))[0])).toEqual(["exp", "add"]);
  });

  it("compileGraph tells constants apart that JSON does not", () => {
    const x = leaf(2);
    const bounds = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    const [call] = callsOf(compiled([bounds.map((bound) => ops.maximum(x, bound)).reduce(ops.add)]));
    expect(call?.kernel === "fused" && call.arguments.constants).toEqual(bounds);
  });

  it("compileGraph drops what no output needs", () => {
    const x = leaf(2, 2);
    ops.matmul(x, x);
    expect(kernels(compiled([ops.exp(x)]))).toEqual(["fused"]);
  });

  it("compileGraph lets x + 0, x · 1, x / 1 and −(−x) be x", () => {
    const x = leaf(3);
    const same = ops.negate(ops.negate(ops.div(ops.mul(ops.add(x, 0), 1), 1)));
    const { program } = compiled([same]);
    expect(program.segments).toEqual([]);
    expect(program.outputs).toEqual([{ space: "external", index: 0, offset: 0, bytes: 12 }]);
  });

  it("compileGraph takes what is the same along the axes of a sum out of it", () => {
    const [x, perColumn, perRow] = [leaf(4, 3), leaf(3), leaf(4, 1)];
    const shapesOf = (summed: Tensor): unknown =>
      callsOf(compiled([summed])).map(({ kernel, arguments: taken }) => [kernel, "shape" in taken && taken.shape]);
    const after = [
      ["reduce", [4, 3]],
      ["fused", [3]],
    ];
    expect(shapesOf(ops.sum(ops.mul(x, perColumn), 0))).toEqual(after);
    expect(shapesOf(ops.sum(ops.mul(perColumn, x), 0, { keepDims: true }))).toEqual(after);
    expect(shapesOf(ops.sum(ops.negate(x), 0))).toEqual(after);
    const before = [
      ["fused", [4, 3]],
      ["reduce", [4, 3]],
    ];
    expect(shapesOf(ops.sum(ops.mul(x, perRow), 0))).toEqual(before);
  });

  it("compileGraph of batch norm and its gradient sums each channel four times", () => {
    const [x, g] = [leaf(8, 3), leaf(8, 3)];
    const y = ops.batchNorm(x, ops.batchStatistics(x));
    const graph = compiled([y, ...gradients(ops.sum(ops.mul(y, g)), [x])]);
    // mean, variance; the gradient, the gradient times the deviation from the mean
    expect(kernels(graph).filter((kernel) => kernel === "reduce")).toHaveLength(4);
  });

  it("compileGraph turns transposed operands of matmul into flags", () => {
    const calls = callsOf(compiled([ops.matmul(ops.transpose(leaf(3, 2)), ops.transpose(leaf(4, 3)))]));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      kernel: "matmul",
      arguments: { transposeA: 1, transposeB: 1, m: 2, n: 4, k: 3 },
    });
  });

  it("compileGraph of two transposes that undo each other reads the input", () => {
    const x = leaf(2, 3, 4);
    const back = ops.transpose(ops.transpose(x, [2, 0, 1]), [1, 2, 0]);
    expect(kernels(compiled([back]))).toEqual([]);
  });
});

describe("compileGraph fuses", () => {
  it("compileGraph makes one call of an elementwise chain", () => {
    const x = leaf(5, 7);
    const call = callsOf(compiled([ops.mul(ops.sigmoid(ops.add(x, 1)), x)]));
    expect(call).toHaveLength(1);
    expect(functionsOf(call[0])).toEqual(["add", "sigmoid", "mul"]);
  });

  it("compileGraph makes one instruction of a sum or difference and the products, roots and quotients in it", () => {
    const [a, b, c, d] = [leaf(5), leaf(5), leaf(5), leaf(5)];
    const one = (result: Tensor): string[] => functionsOf(callsOf(compiled([result]))[0]);
    expect(one(ops.add(ops.mul(a, b), ops.mul(c, d)))).toEqual(["twoProducts"]);
    expect(one(ops.add(a, ops.mul(b, c)))).toEqual(["mulAdd"]);
    expect(one(ops.sub(a, ops.mul(b, c)))).toEqual(["subProduct"]);
    expect(one(ops.mul(a, ops.sub(b, c)))).toEqual(["subMul"]);
    expect(one(ops.mul(ops.greater(a, 0), b))).toEqual(["greaterMul"]);
    expect(one(ops.add(ops.mul(a, b), ops.mul(ops.square(c), d)))).toEqual(["productAndSquare"]);
    expect(one(ops.add(ops.mul(ops.square(c), d), ops.mul(a, b)))).toEqual(["productAndSquare"]);
    expect(one(ops.sub(a, ops.mul(ops.div(b, c), d)))).toEqual(["subQuotient"]);
    expect(one(ops.add(ops.mul(ops.sqrt(a), b), c))).toEqual(["rootMulAdd"]);
    expect(one(ops.mul(ops.add(ops.sqrt(a), b), c))).toEqual(["rootAddMul"]);
  });

  it("compileGraph keeps a product apart that is used twice or asked for", () => {
    const product = ops.mul(leaf(5), leaf(5));
    const twice = ops.add(ops.exp(product), product);
    expect(functionsOf(callsOf(compiled([twice]))[0])).toEqual(["mul", "exp", "add"]);
    expect(functionsOf(callsOf(compiled([ops.add(product, 1), product]))[0])).toEqual(["mul", "add"]);
  });

  it("compileGraph gives the filter gradient of few channels behind a max pool only what the pool passes on", () => {
    const [images, filters, bias] = [leaf(2, 1, 8, 8), leaf(3, 1, 3, 3), leaf(3)];
    const pooled = ops.maxPool2d(ops.relu(ops.conv2d(images, filters, { bias })), 2);
    const graph = compiled(gradients(ops.sum(ops.square(pooled)), [filters, bias]));
    expect(kernels(graph)).toContain("conv2dFilterGradientAt");
    expect(kernels(graph)).not.toContain("addAlong");
    const wide = leaf(2, 17, 8, 8);
    const many = ops.maxPool2d(ops.conv2d(wide, leaf(3, 17, 3, 3)), 2);
    expect(kernels(compiled(gradients(ops.sum(many), [wide])))).toContain("addAlong");
  });

  it("compileGraph reads broadcast operands through strides", () => {
    const calls = callsOf(compiled([ops.add(leaf(2, 3, 4), leaf(3, 1))]));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ arguments: { shape: [2, 3, 4], strides: [12, 4, 1, 0, 1, 0] } });
  });

  it("compileGraph folds bias and activation into matmul", () => {
    const out = ops.relu(ops.add(ops.matmul(leaf(8, 3), leaf(3, 5)), leaf(5)));
    const calls = callsOf(compiled([out]));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ kernel: "matmul", label: "matmul + add + relu [8, 5]" });
    expect(calls[0]).toMatchObject({
      arguments: { bias: { bytes: 20 }, activation: elementwiseNames.indexOf("relu") },
    });
  });

  it("compileGraph folds bias and leaky relu with its slope into conv2d", () => {
    const out = ops.leakyRelu(ops.conv2d(leaf(2, 3, 5, 5), leaf(4, 3, 3, 3), { bias: leaf(4) }), 0.2);
    const call = callsOf(compiled([out])).find(({ kernel }) => kernel === "conv2d");
    expect(call).toMatchObject({ label: expect.stringContaining("add + leakyRelu [2, 3, 3, 4]") });
    expect(call).toMatchObject({ arguments: { bias: { bytes: 16 }, activationParameter: 0.2 } });
  });

  it("compileGraph keeps an activation apart whose input is needed too", () => {
    const product = ops.matmul(leaf(2, 3), leaf(3, 2));
    expect(kernels(compiled([ops.silu(product), product]))).toEqual(["matmul", "fused"]);
  });

  it("compileGraph does not take a bias along another axis for one", () => {
    expect(kernels(compiled([ops.add(ops.matmul(leaf(2, 3), leaf(3, 2)), leaf(2, 1))]))).toEqual(["matmul", "fused"]);
  });

  it("compileGraph scales a mean inside the reduction", () => {
    const calls = callsOf(compiled([ops.mean(leaf(4, 5), 1)]));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      kernel: "reduce",
      arguments: { scale: Math.fround(1 / 5), shape: [4, 5] },
    });
  });

  it("compileGraph pools maxima and their indices in one call, and no indices where nobody asks", () => {
    const x = leaf(1, 2, 4, 4);
    const pooled = ops.maxPool2d(x, 2);
    expect(callsOf(compiled([pooled]))).toMatchObject([{ kernel: "maxPool2d", arguments: { indices: null } }]);
    const backward = compiled([pooled, ...gradients(ops.sum(ops.square(pooled)), [x])]);
    expect(kernels(backward)).toEqual(["maxPool2d", "fused", "addAlong"]);
  });

  describe("compileGraph folds a max pool into the convolution before it", () => {
    const [x, w] = [leaf(2, 3, 7, 7), leaf(4, 3, 3, 3)];
    const convolved = ops.relu(ops.conv2d(x, w, { bias: leaf(4) }));
    const pooled = ops.maxPool2d(convolved, 2);
    /** of each convolution, whether it gives maxima and indices */
    const poolsOf = (graph: ReturnType<typeof compiled>): boolean[][] =>
      callsOf(graph).flatMap(({ kernel, arguments: taken }) =>
        kernel === "conv2d" ? [[taken.pooled !== null, taken.indices !== null]] : [],
      );

    it("with the maxima only, where nothing else is asked for", () => {
      const graph = compiled([pooled]);
      expect(kernels(graph)).not.toContain("maxPool2d");
      expect(poolsOf(graph)).toEqual([[true, false]]);
      const call = callsOf(graph).find(({ kernel }) => kernel === "conv2d");
      expect(call).toMatchObject({
        label: "conv2dLast + add + relu + maxPool2dIndicesLast + takeAlongLast [2, 4, 4]",
        arguments: {
          ...{ pooledHeight: 2, pooledWidth: 2, poolHeight: 2, poolWidth: 2 },
          ...{ poolStrideHeight: 2, poolStrideWidth: 2, poolPaddingTop: 0, poolPaddingLeft: 0 },
        },
      });
    });

    it("with their indices, where there are gradients", () => {
      const graph = compiled([pooled, ...gradients(ops.sum(ops.square(pooled)), [w])]);
      expect(kernels(graph)).not.toContain("maxPool2d");
      expect(poolsOf(graph)).toEqual([[true, true]]);
    });

    it("with the convolution's own result, where that is asked for too", () => {
      const graph = compiled([convolved, pooled]);
      expect(kernels(graph)).not.toContain("maxPool2d");
      expect(poolsOf(graph)).toEqual([[true, false]]);
    });

    it("one pool of several", () => {
      const graph = compiled([pooled, ops.maxPool2d(convolved, 3)]);
      expect(kernels(graph).filter((kernel) => kernel === "maxPool2d")).toHaveLength(1);
      expect(poolsOf(graph)).toEqual([[true, false]]);
    });

    it("not where something lies between", () => {
      const graph = compiled([ops.maxPool2d(ops.square(convolved), 2)]);
      expect(kernels(graph)).toContain("maxPool2d");
      expect(poolsOf(graph)).toEqual([[false, false]]);
    });
  });

  it("compileGraph does not fuse around a step that lies between", () => {
    // exp(x) is read by the sum, and the sum by the division: one call cannot hold both sides of the reduction
    const e = ops.exp(leaf(3, 4));
    expect(kernels(compiled([ops.div(e, ops.sum(e, 1, { keepDims: true }))]))).toEqual(["fused", "reduce", "fused"]);
  });

  it("compileGraph splits chains that need more registers than a call has", () => {
    let total = leaf(2);
    for (let index = 0; index < 50; index++) total = ops.add(total, leaf(2));
    const calls = callsOf(compiled([total]));
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.flatMap(functionsOf)).toHaveLength(50);
    for (const call of calls) expect(call.kernel === "fused" && call.arguments.registers).toBeLessThanOrEqual(32);
  });
});

describe("compileGraph updates storages", () => {
  it("compileGraph writes an update in place and in the pass that computes it", () => {
    const storage = new Storage([3], "float32");
    const p = ops.stored(storage);
    const graph = compiled([], { updates: [[storage, ops.sub(p, ops.mul(leaf(3), 0.1))]] });
    const { program, updated } = graph;
    expect(callsOf(graph)).toHaveLength(1);
    expect(callsOf(graph)[0]).toMatchObject({ arguments: { outputs: [{ space: "external", index: updated[0] }] } });
    expect(program.arenaBytes).toBe(0);
  });

  it("compileGraph updates after everything that reads the old value", () => {
    const storage = new Storage([2, 2], "float32");
    const w = ops.stored(storage);
    const next = ops.mul(w, 2);
    const graph = compiled([ops.matmul(leaf(2, 2), w)], { updates: [[storage, next]] });
    expect(kernels(graph)).toEqual(["matmul", "fused"]);
  });

  it("compileGraph exchanges two storages through snapshots", () => {
    const [a, b] = [new Storage([2], "float32"), new Storage([2], "float32")];
    const graph = compiled([], {
      updates: [
        [a, ops.stored(b)],
        [b, ops.stored(a)],
      ],
    });
    const calls = callsOf(graph).map((call) => (call.kernel === "copy" ? call.arguments : null));
    expect(calls.map((call) => [call?.x.space, call?.out.space])).toEqual([
      ["external", "arena"],
      ["external", "external"],
      ["arena", "external"],
    ]);
  });

  it("compileGraph hands out the old value of an updated storage as a copy", () => {
    const storage = new Storage([2], "float32");
    const p = ops.stored(storage);
    const graph = compiled([p], { updates: [[storage, ops.add(p, 1)]] });
    expect(graph.program.outputs[0]!.space).toBe("arena");
    expect(callsOf(graph)[0]).toMatchObject({ kernel: "copy" });
  });

  it("compileGraph does not overwrite a storage that the same call reads broadcast", () => {
    const storage = new Storage([2, 1], "float32");
    const p = ops.stored(storage);
    const square = ops.matmul(leaf(2, 2), leaf(2, 2));
    const next = ops.sum(ops.add(square, p), 1, { keepDims: true });
    expect(kernels(compiled([], { updates: [[storage, next]] }))).toEqual(["matmul", "fused", "reduce"]);
    const one = new Storage([1], "float32");
    const spread = ops.mul(leaf(4), ops.stored(one));
    expect(kernels(compiled([spread], { updates: [[one, ops.slice(spread, [0], [1])]] }))).toEqual(["fused", "copy"]);
  });

  it("compileGraph checks guards before any update", () => {
    const storage = new Storage([2], "float32");
    const p = ops.stored(storage);
    const gradient = ops.sum(leaf(3, 2), 0);
    const graph = compiled([], { updates: [[storage, ops.sub(p, gradient)]], guards: [ops.sum(gradient)] });
    expect(kernels(graph)).toEqual(["reduce", "reduce", "guard", "fused"]);
    expect(callsOf(graph)[2]).toMatchObject({ arguments: { number: 0 } });
  });

  it("compileGraph stores a guarded update only after its guard", () => {
    const storage = new Storage([2], "float32");
    const next = ops.exp(ops.stored(storage));
    const graph = compiled([], { updates: [[storage, next]], guards: [next] });
    expect(kernels(graph)).toEqual(["fused", "guard", "copy"]);
  });
});

describe("compileGraph plans memory", () => {
  it("compileGraph shares the bytes of buffers that are never alive together", () => {
    let x = leaf(64, 64);
    for (let layer = 0; layer < 10; layer++) x = ops.matmul(x, leaf(64, 64));
    const { program } = compiled([x]);
    expect(program.arenaBytes).toBe(2 * 64 * 64 * 4);
  });

  it("compileGraph lets an elementwise result take the place of an operand that dies", () => {
    const { program } = compiled([ops.exp(ops.softmax(leaf(16, 16)))]);
    expect(program.arenaBytes).toBe(16 * 16 * 4);
  });

  it("compileGraph never lets two live buffers overlap", () => {
    const x = leaf(8, 8);
    const parts = Array.from({ length: 6 }, (_, index) => ops.matmul(x, ops.add(x, index + 1)));
    const graph = compiled([parts.reduceRight((a, b) => ops.matmul(a, b)), ...parts.slice(0, 2)]);
    const { program } = graph;
    // Replayed word by word: what a call reads was written last by one call, as a whole and from its beginning.
    const writer = new Int32Array(program.arenaBytes / 4).fill(-1);
    const written = new Map<number, BufferRef>();
    const expectWhole = (ref: BufferRef): void => {
      if (ref.space === "external") return;
      const words = new Set(writer.subarray(ref.offset / 4, (ref.offset + ref.bytes) / 4));
      expect([...words].map((call) => written.get(call))).toEqual([ref]);
    };
    callsOf(graph).forEach((call, index) => {
      if (call.kernel !== "matmul" && call.kernel !== "fused") throw new Error(`unexpected ${call.kernel}`);
      const [read, results] =
        call.kernel === "matmul"
          ? [[call.arguments.a, call.arguments.b], [call.arguments.out]]
          : [call.arguments.inputs, call.arguments.outputs];
      read.forEach(expectWhole);
      for (const ref of results) {
        if (ref.space === "arena") writer.fill(index, ref.offset / 4, (ref.offset + ref.bytes) / 4);
        written.set(index, ref);
      }
    });
    program.outputs.forEach(expectWhole);
    expect(new Set(program.outputs.map((ref) => JSON.stringify(ref))).size).toBe(3);
  });
});

describe("structureOf", () => {
  it("structureOf is equal for graphs that differ in their storages only", () => {
    const request = (x: Tensor, y: Tensor) => ({ outputs: [ops.add(ops.exp(x), y).node], updates: [], guards: [] });
    const [first, second] = [structureOf(request(leaf(2), leaf(2))), structureOf(request(leaf(2), leaf(2)))];
    expect(first.key).toBe(second.key);
    expect(first.storages).toHaveLength(2);
    const x = leaf(2);
    expect(structureOf(request(x, x)).key).not.toBe(first.key);
    expect(structureOf(request(leaf(3), leaf(3))).key).not.toBe(first.key);
  });
});

describe("explain", () => {
  it("explain(program) lists kernels in order, with what was fused, shapes and bytes", () => {
    const out = ops.relu(ops.add(ops.matmul(leaf(8, 3), leaf(3, 5)), leaf(5)));
    expect(explain(compiled([ops.softmax(out)]).program)).toBe(
      [
        "2 kernel calls, arena 192 B, 3 external buffers 176 B",
        "for 8 samples shared by the threads",
        "  0  matmul   matmul + add + relu [8, 5]  #0+96 B #1+60 B #2+20 B → @0+160 B",
        "  1  softmax  softmax [8, 5]              @0+160 B → @0+160 B",
        "end",
      ].join("\n"),
    );
  });
});
