// The library under test, as built by `npm run build` at the root, and the same nets written in it.
import { existsSync } from "node:fs";
import { crossEntropyOf } from "./problem.mjs";

const root = new URL("../packages/tatami/dist/", import.meta.url);
if (!existsSync(root)) throw new Error("Tatami is not built, run `npm run build` at the root first");
const load = (path) => import(new URL(path, root));

export const { arrayDataset, backend, fit, matmul, setBackend, setPrecision, traceFunction } = await load("index.js");
export const { add, compile, crossEntropy, gather, nn, optim, stored } = await load("index.js");
export const { multiplyAdds } = await load("compile/multiply-adds.js");
const { Storage } = await load("graph/storage.js");
const { BatchProgram } = await load("train/batch-program.js");
const { inMode } = await load("train/mode.js");
const { trainingStep } = await load("train/step.js");

/** Makes the native backend known. @throws Error with the reason where it does not run */
export async function registerNative() {
  const file = new URL("../packages/native/dist/register.js", import.meta.url);
  if (!existsSync(file)) throw new Error("the native package is not built, run `npm run build` at the root first");
  const { nativeStatus } = await import(file);
  const status = nativeStatus();
  if (!status.available) throw new Error(`native does not run here: ${status.reason ?? JSON.stringify(status)}`);
}

class Residual extends nn.Module {
  constructor({ body, shortcut }) {
    super();
    this.body = sequence(body);
    this.shortcut = sequence(shortcut);
  }
  forward(x) {
    return add(this.body.call(x), this.shortcut.call(x));
  }
}

const sequence = (layers, input = [1, 1, 1]) => new nn.Sequential(...layers.flatMap((layer) => moduleOf(layer, input)));

function moduleOf(layer, input) {
  switch (layer.kind) {
    case "linear":
      return new nn.Linear(layer.in, layer.out);
    case "conv": {
      const { padding, stride, groups, bias } = layer;
      return new nn.Conv2d(layer.in, layer.out, layer.size, { padding, stride, groups, bias });
    }
    case "batch-norm":
      return input.length === 1 ? new nn.BatchNorm1d(layer.features) : new nn.BatchNorm2d(layer.features);
    case "residual":
      return new Residual(layer);
    case "relu":
      return new nn.ReLU();
    case "pool":
      return new nn.MaxPool2d(layer.size, { stride: layer.stride });
    case "global-pool":
      return [new nn.GlobalAvgPool2d(), new nn.Flatten()];
    case "flatten":
      return new nn.Flatten();
    case "dropout":
      return new nn.Dropout(layer.rate);
  }
}

/** A problem's net with some values, and Adam for it. */
export function modelOf({ layers, input, lr, beta1, beta2, eps }) {
  const flat = input.length === 1 ? [{ kind: "flatten" }] : [];
  const model = sequence([...flat, ...layers], input);
  model.initialize(1);
  return { model, optimizer: new optim.Adam(model.parameters(), { lr, betas: [beta1, beta2], eps }) };
}

function dataOf({ input, images, labels }) {
  return {
    images: new Storage([labels.length, ...input], "float32", images),
    labels: new Storage([labels.length], "int32", labels),
  };
}

/** The step that `fit` compiles, before it is compiled: a function of the indices of a batch. */
export function stepOf(problem) {
  const { model, optimizer } = modelOf(problem);
  const step = trainingStep({ model, loss: crossEntropy, optimizer, data: dataOf(problem) });
  const slots = optimizer.slots().map(([, variable]) => variable);
  const buffers = model.namedBuffers().map(([, variable]) => [variable, variable.values().slice()]);
  const reset = () => {
    for (const [variable, values] of buffers) variable.set(values);
    for (const variable of slots) variable.set(variable.values().fill(0));
    for (const [index, parameter] of optimizer.parameters.entries()) parameter.set(problem.parameters[index]);
  };
  return { step, reset };
}

/** Scores of a batch by its indices, as `predict` computes them. */
function scoresOf(problem) {
  const { model } = modelOf(problem);
  const { images } = dataOf(problem);
  for (const [index, parameter] of model.parameters().entries()) parameter.set(problem.parameters[index]);
  return (indices) => inMode(model, false, () => [model.call(gather(stored(images), indices))]);
}

/** A problem compiled, with the batches one after the other: training steps, or inference. */
export async function trainerOf(problem, backendName) {
  const { mode, batchSize, batches } = problem;
  const training = mode !== "infer";
  const { step, reset } = training ? stepOf(problem) : { step: scoresOf(problem), reset() {} };
  reset();
  const start = performance.now();
  const program = await BatchProgram.create([batchSize], backendName, step);
  const compileMs = performance.now() - start;
  const { compiled } = traceFunction(step, [{ shape: [batchSize], dtype: "int32" }]);
  let batch = 0;
  return {
    compileMs,
    multiplyAdds: multiplyAdds(compiled.program),
    reset() {
      batch = 0;
      reset();
    },
    async steps(count) {
      let from = 0;
      for (let index = 0; index < count; index++) {
        from = (batch++ % batches) * batchSize;
        for (let at = 0; at < batchSize; at++) program.indices[at] = from + at;
        const running = program.run(batchSize);
        if (typeof running !== "number") await running;
      }
      return training ? program.output(0)[0] : crossEntropyOf(program.output(0), problem.labels, from, batchSize);
    },
    dispose: () => program.dispose(),
  };
}
