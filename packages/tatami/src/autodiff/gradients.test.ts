import { describe, expect, it } from "vitest";
import { reachable } from "../graph/node.ts";
import { Storage } from "../graph/storage.ts";
import { Tensor } from "../graph/tensor.ts";
import { type Case, cases } from "../ops/cases.ts";
import {
  add,
  argMax,
  exp,
  gather,
  mul,
  ones,
  relu,
  square,
  stored,
  sum,
  tensor,
  toFloat,
  zeros,
} from "../ops/index.ts";
import { type OpName, opTable } from "../ops/table.ts";
import { gradients } from "./gradients.ts";

const names = Object.keys(opTable) as OpName[];

/** A plain generator: the values do not matter here, only that they exist. */
function uniforms(): () => number {
  let state = 1;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

function inputsOf({ inputs }: Case): Tensor[] {
  const random = uniforms();
  return inputs().map((input) => stored(new Storage(input.shape, input.dtype, input.draw(random))));
}

const opsOf = (roots: readonly Tensor[]): string[] => reachable(roots.map(({ node }) => node)).map(({ op }) => op.name);

describe.each(names)("the cases of %s", (name) => {
  it.each(cases[name].map((one) => [one.name, one] as const))("%s: gradients have the inputs' shapes", (_, one) => {
    const inputs = inputsOf(one);
    const output = one.build(...inputs);
    expect(opsOf([output])).toContain(name);
    const wrt = one.differentiable.map((index) => inputs[index]!);
    if (wrt.length === 0) return;

    const first = gradients(sum(square(output)), wrt);
    expect(first.map(({ shape }) => shape)).toEqual(wrt.map(({ shape }) => shape));
    const second = gradients(first.map((g) => sum(square(g))).reduce(add), wrt);
    expect(second.map(({ shape }) => shape)).toEqual(wrt.map(({ shape }) => shape));
  });

  it("differentiate wherever the op has a gradient", () => {
    const hasGradient = !("none" in opTable[name].vjp);
    if (hasGradient) expect(cases[name].some(({ differentiable }) => differentiable.length > 0)).toBe(true);
  });
});

describe("gradients", () => {
  it("gradients(loss, [loss]) is one", () => {
    const [g] = gradients(sum(ones([2])), [ones([2])]);
    expect(g!.node.op.name).toBe("full");
    const loss = sum(ones([2]));
    expect(gradients(loss, [loss])[0]!.node.attributes).toEqual({ shape: [], value: 1, dtype: "float32" });
  });

  it("gradients(loss, [unused]) is zeros of its shape", () => {
    const [g] = gradients(sum(ones([2])), [zeros([3, 1])]);
    expect(g!.node.op.name).toBe("full");
    expect(g!.node.attributes).toEqual({ shape: [3, 1], value: 0, dtype: "float32" });
  });

  it("gradients(loss, [x]) is zeros where only indices depend on x", () => {
    const x = tensor([3, 1, 2]);
    const [viaIndex, viaCast] = [gather(tensor([1, 2, 3]), argMax(x)), toFloat(argMax(x))].map(
      (loss) => gradients(loss, [x])[0]!,
    );
    expect(opsOf([viaIndex!, viaCast!])).toEqual(["full", "full"]);
  });

  it("gradients(loss, [hidden]) reaches tensors inside the graph", () => {
    const x = tensor([1, 2]);
    const hidden = exp(x);
    const [forHidden, forX] = gradients(sum(square(hidden)), [hidden, x]);
    expect(forHidden!.shape).toEqual([2]);
    expect(forX!.node.op.name).toBe("mul");
    expect(forX!.node.inputs).toEqual([forHidden!.node, hidden.node]);
  });

  it("gradients(loss, [x]) adds what arrives from every use", () => {
    const x = tensor([1, 2]);
    const [g] = gradients(sum(add(relu(x), exp(x))), [x]);
    expect(g!.node.op.name).toBe("add");
  });

  it("gradients(loss, [x]) does not build gradients for the other leaves", () => {
    const [x, w] = [tensor([1, 2]), tensor([3, 4])];
    const [g] = gradients(sum(mul(x, w)), [x]);
    expect(reachable([g!.node])).not.toContain(x.node);
  });

  it("gradients(y, wrt, {cotangent}) takes y of any shape", () => {
    const x = tensor([1, 2]);
    const cotangent = tensor([5, 6]);
    expect(gradients(add(x, 1), [x], { cotangent })).toEqual([cotangent]);
  });

  it("gradients(loss, wrt) refuses a loss that is not a scalar", () => {
    expect(() => gradients(ones([2, 3]), [])).toThrow(
      "gradients: loss is not a scalar, got [2, 3], expected [] or a cotangent",
    );
  });

  it("gradients(y, wrt, {cotangent}) refuses a cotangent of another shape", () => {
    expect(() => gradients(ones([2, 3]), [], { cotangent: ones([3]) })).toThrow(
      "gradients: cotangent has the wrong shape, got [3], expected [2, 3]",
    );
  });

  it("gradients(loss, wrt) refuses integers", () => {
    const labels = tensor(Int32Array.of(1));
    expect(() => gradients(sum(ones([1])), [labels])).toThrow(
      "gradients: a tensor of wrt has the wrong dtype, got int32, expected float32",
    );
    expect(() => gradients(argMax(ones([2])), [])).toThrow(
      "gradients: loss has the wrong dtype, got int32, expected float32",
    );
  });

  it("gradients(loss, wrt) gives handles on one node one gradient", () => {
    const x = tensor([1, 2]);
    const alias = new Tensor(x.node);
    const [a, b] = gradients(sum(square(x)), [x, alias]);
    expect(a!.node).toBe(b!.node);
  });
});
