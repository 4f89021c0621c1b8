import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import * as ops from "../ops/index.ts";
import type { Segment } from "../program/program.ts";
import { compileGraph } from "./index.ts";

const leaf = (...shape: number[]): Tensor => ops.stored(new Storage(shape, "float32"));

function segmentsOf(...outputs: Tensor[]): readonly Segment[] {
  return compileGraph({ outputs: outputs.map(({ node }) => node), updates: [], guards: [] }).program.segments;
}

const tiledOf = (...outputs: Tensor[]): Segment[] => segmentsOf(...outputs).filter(({ tiling }) => tiling !== null);

describe("makeSegments", () => {
  it("makeSegments takes images through convolution and pool together", () => {
    const pooled = ops.avgPool2d(ops.conv2d(leaf(16, 8, 12, 12), leaf(8, 8, 3, 3)), [2, 2]);
    const kernels = tiledOf(pooled).flatMap(({ calls }) => calls.map(({ kernel }) => kernel));
    expect(kernels).toEqual(expect.arrayContaining(["conv2d", "avgPool2d"]));
  });

  it("makeSegments leaves weights out, even if they have as many rows as there are images", () => {
    const images = ops.conv2d(leaf(16, 8, 12, 12), leaf(8, 8, 3, 3));
    const tiled = tiledOf(images, ops.exp(leaf(64, 1000)));
    expect(tiled.flatMap(({ calls }) => calls.map(({ kernel }) => kernel))).not.toContain("fused");
  });

  it("makeSegments cuts tiles by the bytes of their images, unless there are more of filters", () => {
    // an image and what becomes of it, each in two layouts: 1 MiB
    const few = tiledOf(ops.conv2d(leaf(64, 16, 64, 64), leaf(16, 16, 1, 1)));
    expect(few[0]?.tiling).toMatchObject({ samples: 64, tile: 2 });
    // filters of 4 MiB, beside images of 1 KiB and results of 16
    const many = tiledOf(ops.conv2d(leaf(2000, 256, 1, 1), leaf(4096, 256, 1, 1)));
    expect(many[0]?.tiling).toMatchObject({ samples: 2000, tile: 241 });
  });

  it("makeSegments lets threads share the samples of dense layers, what follows and what comes back", () => {
    const [x, first, second] = [leaf(32, 20), leaf(20, 30), leaf(30, 10)] as const;
    const loss = ops.mean(ops.square(ops.matmul(ops.relu(ops.matmul(x, first)), second)));
    const segments = segmentsOf(...gradients(loss, [x, first, second]));
    const shared = segments.filter(({ tiling }) => tiling?.lanes === "threads");
    expect(shared.map(({ tiling }) => tiling)).toEqual([{ samples: 32, lanes: "threads" }]);
    // forward twice, the two gradients of samples; those of weights are over all samples
    expect(shared[0]!.calls.filter(({ kernel }) => kernel === "matmul")).toHaveLength(4);
    expect(segments.flatMap(({ calls }) => calls).filter(({ kernel }) => kernel === "matmul")).toHaveLength(6);
  });

  it("makeSegments leaves sums over the samples out of what threads share", () => {
    const x = ops.matmul(leaf(32, 20), leaf(20, 30));
    const segments = segmentsOf(ops.sum(x, 0), ops.exp(x));
    expect(segments.map(({ calls }) => calls.map(({ kernel }) => kernel))).toEqual([["matmul", "fused"], ["reduce"]]);
  });

  it("makeSegments leaves the gradient of a pool to the convolutions that wait for it", () => {
    const [filters, dense] = [leaf(8, 4, 3, 3), leaf(8 * 25, 10)] as const;
    const pooled = ops.maxPool2d(ops.conv2d(leaf(16, 4, 12, 12), filters), [2, 2]);
    const loss = ops.mean(ops.square(ops.matmul(ops.reshape(pooled, [16, 8 * 25]), dense)));
    const segments = segmentsOf(...gradients(loss, [filters, dense]));
    const home = (kernel: string) => segments.find(({ calls }) => calls.some((call) => call.kernel === kernel));
    expect(home("addAlong")).toBe(home("conv2dFilterGradient"));
    expect(home("matmul")?.tiling?.lanes).toBe("threads");
  });
});
