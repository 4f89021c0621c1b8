import "../devices.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, relu, sum, tensor } from "../ops/index.ts";
import { compile, setBackend } from "../tensor/index.ts";
import {
  BatchNorm1d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  ReLU,
  Sequential,
} from "./index.ts";

beforeAll(() => setBackend("reference"));

class Residual extends Module {
  readonly scale = new Parameter([3], { constant: 2 });
  readonly layers = [new Linear(3, 3), new Linear(3, 3)];
  readonly norm = new BatchNorm1d(3);

  override forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => add(value, relu(layer.call(value))), x).mul(this.scale);
  }
}

function convolutional(): Sequential {
  return new Sequential(new Conv2d(1, 2, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(8, 4));
}

describe("namedParameters", () => {
  it("namedParameters() of a Sequential counts its modules", () => {
    expect(convolutional().namedParameters()).toMatchObject([
      ["0.weight", { shape: [2, 1, 3, 3] }],
      ["0.bias", { shape: [2] }],
      ["4.weight", { shape: [4, 8] }],
      ["4.bias", { shape: [4] }],
    ]);
  });

  it("namedParameters() walks properties in the order they were declared, arrays too", () => {
    expect(new Residual().namedParameters().map(([name]) => name)).toEqual([
      "scale",
      "layers.0.weight",
      "layers.0.bias",
      "layers.1.weight",
      "layers.1.bias",
      "norm.weight",
      "norm.bias",
    ]);
  });

  it("namedParameters() names a shared layer once, by its first path", () => {
    const shared = new Linear(2, 2);
    const names = new Sequential(shared, new Sequential(shared)).namedParameters().map(([name]) => name);
    expect(names).toEqual(["0.weight", "0.bias"]);
  });

  it("namedBuffers() are the variables that are no parameters", () => {
    const model = new Sequential(new Residual(), new Dropout());
    expect(model.namedBuffers().map(([name]) => name)).toEqual(["0.norm.runningMean", "0.norm.runningVar", "1.key"]);
  });

  it("namedModules() puts parents before children, itself first", () => {
    const names = new Sequential(new Residual(), new ReLU()).namedModules().map(([name]) => name);
    expect(names).toEqual(["", "0", "0.layers.0", "0.layers.1", "0.norm", "1"]);
  });
});

describe("call", () => {
  it("call() names the parameter that has no values yet", () => {
    const images = tensor(new Float32Array(36), [1, 1, 6, 6]);
    expect(() => convolutional().call(images)).toThrow(
      "0.weight: parameter is not initialised, call model.initialize(seed) first",
    );
  });

  it("call() takes parameters that were set or loaded", async () => {
    const layer = new Linear(2, 1);
    layer.weight.set([2, 3]);
    layer.bias!.set([1]);
    expect(await layer.call(tensor([[10, 100]])).item()).toBe(321);
  });
});

describe("train", () => {
  it("train() and eval() reach every module", () => {
    const model = new Sequential(new Residual(), new Dropout());
    const modes = (): boolean[] => model.namedModules().map(([, module]) => module.training);
    expect(modes()).toEqual(Array(6).fill(true));
    expect(model.eval()).toBe(model);
    expect(modes()).toEqual(Array(6).fill(false));
    model.train();
    expect(modes()).toEqual(Array(6).fill(true));
  });
});

describe("onForward", () => {
  it("onForward(hook) sees an activation, and gradients() gives its gradient", async () => {
    const model = new Sequential(new Linear(2, 2), new ReLU(), new Linear(2, 1)).initialize(1);
    model.modules[0].parameters()[0].set([1, 0, 0, 1]);
    model.modules[0].parameters()[1].set([0, -5]);
    model.modules[2].parameters()[0].set([3, 4]);
    const step = compile((x) => {
      const seen: Tensor[] = [];
      const stop = model.modules[1].onForward((_module, _inputs, output) => seen.push(output));
      const loss = sum(model.call(x));
      stop();
      return [...seen, ...gradients(loss, seen)];
    });
    const [activation, gradient] = await step.call(tensor([[2, 1]]));
    expect([...(await activation.data())]).toEqual([2, 0]);
    expect([...(await gradient.data())]).toEqual([3, 4]);
  });

  it("onForward(hook) passes module and inputs, until it is unsubscribed", () => {
    const loss = new CrossEntropyLoss();
    const calls: unknown[] = [];
    const stop = loss.onForward((module, inputs, output) => calls.push([module, inputs, output]));
    const [logits, labels] = [tensor([[1, 2]]), tensor(Int32Array.of(0))];
    const output = loss.call(logits, labels);
    expect(calls).toEqual([[loss, [logits, labels], output]]);
    stop();
    loss.call(logits, labels);
    expect(calls).toHaveLength(1);
  });
});

describe("initialize", () => {
  const values = (model: Module): number[][] => model.parameters().map((parameter) => [...parameter.values()]);

  it("initialize(seed) gives the same values again, others for another seed", () => {
    expect(values(convolutional().initialize(7))).toEqual(values(convolutional().initialize(7)));
    expect(values(convolutional().initialize(7))).not.toEqual(values(convolutional().initialize(8)));
  });

  it("initialize(seed) depends on paths and not on the order of construction", () => {
    class Forwards extends Residual {
      readonly a = new Linear(4, 4);
      readonly b = new Linear(4, 4);
    }
    class Backwards extends Residual {
      readonly b = new Linear(4, 4);
      readonly a = new Linear(4, 4);
    }
    const [one, other] = [new Forwards().initialize(3), new Backwards().initialize(3)];
    expect(one.a.weight.values()).toEqual(other.a.weight.values());
    expect(one.b.weight.values()).toEqual(other.b.weight.values());
    expect(one.a.weight.values()).not.toEqual(one.b.weight.values());
  });

  it("initialize(seed) puts buffers back", async () => {
    const model = new Sequential(new BatchNorm1d(2), new Dropout()).initialize(1);
    const first = model.namedBuffers().map(([, buffer]) => [...buffer.values()]);
    await model
      .call(
        tensor([
          [1, 2],
          [3, 5],
        ]),
      )
      .data();
    expect(model.namedBuffers().map(([, buffer]) => [...buffer.values()])).not.toEqual(first);
    model.initialize(1);
    expect(model.namedBuffers().map(([, buffer]) => [...buffer.values()])).toEqual(first);
  });

  it("initialize(seed) refuses a seed that is no 32-bit integer", () => {
    expect(() => convolutional().initialize(-1)).toThrow(
      "Random: seed is out of range, got -1, expected an integer in [0, 2^32)",
    );
  });
});

describe("stateDict", () => {
  it("stateDict() and loadStateDict() carry a model over", async () => {
    const model = new Sequential(new Residual(), new Dropout()).initialize(5);
    const copy = new Sequential(new Residual(), new Dropout());
    copy.loadStateDict(await model.stateDict());
    expect(await copy.stateDict()).toEqual(await model.stateDict());
    expect((await copy.stateDict())["1.key"]).toMatchObject({ shape: [3], dtype: "int32" });
  });

  it("stateDict() holds what was assigned, in arrays of its own", async () => {
    const layer = new Linear(1, 1, { bias: false });
    layer.weight.set([1]);
    layer.weight.assign(layer.weight.add(1));
    const state = await layer.stateDict();
    layer.weight.set([5]);
    expect([...state.weight.values]).toEqual([2]);
  });

  it("loadStateDict(state) names all that does not fit, and changes nothing", async () => {
    const layer = new Linear(2, 1).initialize(1);
    const before = await layer.stateDict();
    const entry = { shape: [2, 1], dtype: "float32", values: new Float32Array(2) } as const;
    expect(() => layer.loadStateDict({ weight: entry, wieght: entry })).toThrow(
      "loadStateDict: state does not fit the model, got wieght is unexpected, " +
        "weight float32 [2, 1] where float32 [1, 2] is expected, bias is missing",
    );
    expect(await layer.stateDict()).toEqual(before);
  });
});
