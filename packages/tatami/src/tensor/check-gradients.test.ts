import { describe, expect, it } from "vitest";
import "../devices.ts";
import { gradients } from "../autodiff/gradients.ts";
import { Storage } from "../graph/storage.ts";
import { apply, type Tensor } from "../graph/tensor.ts";
import { type Case, cases } from "../ops/cases.ts";
import { add, mul, square, stored, sum, tensor } from "../ops/index.ts";
import { type OpName, opTable } from "../ops/table.ts";
import { squareOp } from "../ops/unary.ts";
import { Random } from "../random/index.ts";
import { checkGradients } from "./check-gradients.ts";
import { compile } from "./compiled.ts";
import { dataOf } from "./compute.ts";

const names = Object.keys(opTable) as OpName[];

function drawInputs({ inputs }: Case): Tensor[] {
  const random = new Random(7);
  const one = new Float32Array(1);
  const draw = (): number => {
    random.uniformInto(one);
    return one[0]!;
  };
  return inputs().map((input) => stored(new Storage(input.shape, input.dtype, input.draw(draw))));
}

describe.each(["reference", "wasm"])("on the %s backend", (backend) => {
  const withGradient = names.filter((name) => !("none" in opTable[name].vjp));
  describe.each(withGradient)("%s", (name) => {
    const smooth = cases[name].filter((one) => one.differentiable.length > 0).map((one) => [one.name, one] as const);

    it.each(smooth)("%s: gradients match finite differences", async (_, one) => {
      const report = await checkGradients(one.build, drawInputs(one), { inputs: one.differentiable, backend });
      expect(report.passed, JSON.stringify(report)).toBe(true);
      expect(report.worst).not.toBeNull();
    });

    it.each(smooth)("%s: second derivatives match finite differences", async (_, one) => {
      const inputs = drawInputs(one);
      const slopes = (...tensors: Tensor[]): Tensor =>
        gradients(
          sum(square(one.build(...tensors))),
          one.differentiable.map((index) => tensors[index]!),
        )
          .map((g) => sum(square(g)))
          .reduce((a, b) => add(a, b));
      const report = await checkGradients(slopes, inputs, { inputs: one.differentiable, tolerance: 5e-3, backend });
      expect(report.passed, JSON.stringify(report)).toBe(true);
    });
  });
});

describe.each(names)("%s: wasm and reference", (name) => {
  it.each(cases[name].map((one) => [one.name, one] as const))("%s: agree", async (_, one) => {
    const inputs = drawInputs(one);
    const [expected, got] = await Promise.all(
      ["reference", "wasm"].map(async (backend) => {
        const [output] = await compile((...tensors) => [one.build(...tensors)], { backend }).call(...inputs);
        return dataOf(output!, { backend });
      }),
    );
    const scale = Math.max(1e-6, ...expected!.map(Math.abs));
    got!.forEach((value, index) => {
      const difference = Object.is(value, expected![index]) ? 0 : Math.abs(value - expected![index]!);
      expect(difference / scale).toBeLessThanOrEqual(1e-5);
    });
  });
});

describe("checkGradients", () => {
  it("checkGradients(f, inputs) names the worst derivative of a wrong gradient", async () => {
    // x² with the factor 2 forgotten in its gradient
    const forgetful: typeof squareOp = { ...squareOp, vjp: () => (g, _out, x) => [mul(g, x!)] };
    const options = { backend: "reference" };
    const wrong = await checkGradients((x) => apply(forgetful, [x!], null), [tensor([1, 2, 3])], options);
    expect(wrong.passed).toBe(false);
    expect(wrong.worst).toMatchObject({ input: 0, element: 2 });
    expect(wrong.worst!.numeric / wrong.worst!.analytic).toBeCloseTo(2, 2);
  });

  it("checkGradients(f, inputs, {step: 0}) says what it expects", async () => {
    await expect(checkGradients((x) => x!, [tensor([1])], { step: 0 })).rejects.toThrow(
      "checkGradients: step must be positive, got 0",
    );
  });
});
