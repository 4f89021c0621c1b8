import { afterEach, describe, expect, it } from "vitest";
import "../devices.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, crossEntropy, exp, full, mul, normal, randomKey, relu, sub, sum, tensor } from "../ops/index.ts";
import { BackendError, ShapeError } from "../shape/errors.ts";
import { compile, traceFunction } from "./compiled.ts";
import { compute } from "./compute.ts";
import { backend, setBackend } from "./device.ts";
import "./methods.ts";
import { guardFinite, Variable } from "./variable.ts";

const types = (...shapes: number[][]) => shapes.map((shape) => ({ shape, dtype: "float32" as const }));

afterEach(() => setBackend("wasm"));

describe.each(["reference", "wasm"])("on the %s backend", (name) => {
  it("compile(f).call(x) runs what f built", async () => {
    const twice = compile((x) => [mul(x!, 2)], { backend: name });
    const [out] = await twice.call(tensor([1, 2, 3]));
    expect([...(await out!.data())]).toEqual([2, 4, 6]);
  });

  it("compile(f).prepare(types) traces once for each combination of shapes", async () => {
    let traces = 0;
    const f = compile(
      (x) => {
        traces++;
        return [exp(x!)];
      },
      { backend: name },
    );
    const first = await f.prepare(types([2, 3]));
    expect(await f.prepare(types([2, 3]))).toBe(first);
    expect(traces).toBe(1);
    await f.prepare(types([1, 3]));
    expect(traces).toBe(2);
  });

  it("compile(f) shares variables between the programs of all shapes", async () => {
    const total = new Variable([]);
    const accumulate = compile(
      (x) => {
        total.assign(add(total, sum(x!)));
        return [];
      },
      { backend: name },
    );
    await accumulate.call(tensor([1, 2]));
    await accumulate.call(tensor([10]));
    await accumulate.call(tensor([100, 200]));
    expect(await total.item()).toBe(313);
  });

  it("compile(f) keeps a variable where the host and other backends can read it", async () => {
    const v = new Variable([2], "float32", [1, 2]);
    const step = compile(
      () => {
        v.assign(mul(v, 10));
        return [];
      },
      { backend: name },
    );
    await step.call();
    expect([...v.values()]).toEqual([10, 20]);
    const other = name === "wasm" ? "reference" : "wasm";
    expect([...(await v.mul(1).data({ backend: other }))]).toEqual([10, 20]);
    v.set([3, 4]);
    await step.call();
    expect([...(await v.data())]).toEqual([30, 40]);
  });

  it("guardFinite(x) stops the run before any assignment and says which guard", async () => {
    const v = new Variable([1], "float32", [1]);
    const step = compile(
      (x) => {
        guardFinite(sum(v));
        guardFinite(sum(x!));
        v.assign(add(v, x!));
        return [mul(x!, 2)];
      },
      { backend: name },
    );
    const prepared = await step.prepare(types([1]));
    prepared.setInput(0, Float32Array.of(2));
    expect(await prepared.run()).toBe(-1);
    prepared.setInput(0, Float32Array.of(Number.NaN));
    expect(await prepared.run()).toBe(1);
    prepared.setInput(0, Float32Array.of(Number.NEGATIVE_INFINITY));
    expect(await prepared.run()).toBe(1);
    expect([...v.values()]).toEqual([3]);
  });

  it("a loop of await loss.item() and assign trains without compile", async () => {
    setBackend(name);
    const w = new Variable([2, 2], "float32", [0.1, -0.2, 0.3, 0.4]);
    const losses: number[] = [];
    for (let iteration = 0; iteration < 20; iteration++) {
      const loss = crossEntropy(
        tensor([
          [1, 2],
          [2, -1],
        ]).matmul(w),
        tensor(Int32Array.of(0, 1)),
      );
      const [gradient] = gradients(loss, [w]);
      w.assign(w.sub(gradient!.mul(0.5)));
      losses.push(await loss.item());
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 4);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });
});

describe("evaluation", () => {
  it("data() is computed once: what is built on it later reads the value", async () => {
    const key = randomKey(1);
    const noise = normal([3], key);
    const before = await noise.data();
    const { compiled } = traceFunction(() => [add(noise, 1)], []);
    expect(compiled.program.segments.flatMap(({ calls }) => calls.map(({ kernel }) => kernel))).toEqual(["fused"]);
    expect([...(await sub(noise, 0).data())]).toEqual([...before]);
  });

  it("data() of an intermediate tensor leaves its gradients as they are", async () => {
    const x = tensor([1, 2]);
    const hidden = mul(x, x);
    await hidden.data();
    const [gradient] = gradients(sum(mul(hidden, 3)), [x]);
    expect([...(await gradient!.data())]).toEqual([6, 12]);
  });

  it("data() hands out a copy", async () => {
    const x = tensor([1, 2]);
    (await x.data())[0] = 9;
    expect([...(await x.data())]).toEqual([1, 2]);
  });

  it("compute([a, b]) computes both at once", async () => {
    const a = exp(tensor([0]));
    const b = add(a, 1);
    await compute([a, b]);
    const { compiled } = traceFunction(() => [a, b], []);
    expect(compiled.program.segments).toEqual([]);
    expect([...(await b.data())]).toEqual([2]);
  });

  it("assign(a) after assign(b) reads what b became", async () => {
    const [a, b] = [new Variable([], "float32", [1]), new Variable([], "float32", [2])];
    b.assign(add(b, 10));
    a.assign(b);
    expect(await a.item()).toBe(12);
    expect(await b.item()).toBe(12);
  });

  it("int32 tensors come back as Int32Array", async () => {
    expect(await full([2], -3, "int32").data()).toEqual(Int32Array.of(-3, -3));
  });

  it("empty tensors compute to nothing", async () => {
    expect(await relu(tensor(new Float32Array(0), [0, 3])).data()).toEqual(new Float32Array(0));
    expect(await sum(tensor(new Float32Array(0), [0, 3]), 0).data()).toEqual(Float32Array.of(0, 0, 0));
  });
});

describe("mistakes", () => {
  it("item() of several elements says so", async () => {
    await expect(tensor([1, 2]).item()).rejects.toThrow(
      "item: the tensor is no single number, got [2], expected one element",
    );
  });

  it("setBackend(unknown) names the backends there are", () => {
    expect(() => setBackend("cuda")).toThrow(BackendError);
    expect(() => setBackend("cuda")).toThrow("setBackend: unknown backend, got cuda, expected wasm or reference");
    return expect(backend("cuda")).rejects.toThrow("backend: unknown backend, got cuda, expected wasm or reference");
  });

  it("a tensor of 17 axes is refused where it is built", () => {
    expect(() => full(new Array(17).fill(1), 0)).toThrow("full: too many axes, got 17, expected at most 16");
  });

  it("assign(value of another shape) names both", () => {
    expect(() => new Variable([2, 2]).assign(tensor([1, 2]))).toThrow(ShapeError);
    expect(() => new Variable([2, 2]).assign(tensor([1, 2]))).toThrow(
      "assign: the value does not fit the variable, got float32 [2], expected float32 [2, 2]",
    );
  });

  it("set(too few values) says how many are expected", () => {
    expect(() => new Variable([2, 2]).set([1])).toThrow(
      "set: the number of values is wrong, got 1, expected 4 for [2, 2]",
    );
  });

  it("compile(function that returns no array) says so", async () => {
    const f = compile((() => tensor([1])) as unknown as () => Tensor[]);
    await expect(f.call()).rejects.toThrow("compile: the function must return an array of tensors, got a Tensor");
  });

  it("a trace that throws leaves variables as they were", async () => {
    const v = new Variable([1], "float32", [5]);
    const f = compile(() => {
      v.assign(mul(v, 2));
      throw new Error("stop");
    });
    await expect(f.call()).rejects.toThrow("stop");
    expect([...(await v.mul(1).data())]).toEqual([5]);
  });
});
