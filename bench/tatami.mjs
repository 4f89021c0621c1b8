// The library under test, as built by `npm run build` at the root, and the same nets written in it.
import { existsSync } from "node:fs";

const root = new URL("../packages/tatami/dist/", import.meta.url);
if (!existsSync(root)) throw new Error("Tatami is not built, run `npm run build` at the root first");
const load = (path) => import(new URL(path, root));

export const { arrayDataset, backend, fit, matmul, registerBackend, setBackend, traceFunction } =
  await load("index.js");
export const { compile, crossEntropy, nn, optim } = await load("index.js");
export const { WasmBackend } = await load("backend/wasm/index.js");
export const { multiplyAdds } = await load("compile/multiply-adds.js");
const { Storage } = await load("graph/storage.js");
const { BatchProgram } = await load("train/batch-program.js");
const { trainingStep } = await load("train/step.js");

function moduleOf(layer) {
  switch (layer.kind) {
    case "linear":
      return new nn.Linear(layer.in, layer.out);
    case "conv":
      return new nn.Conv2d(layer.in, layer.out, layer.size, { padding: layer.padding });
    case "relu":
      return new nn.ReLU();
    case "pool":
      return new nn.MaxPool2d(layer.size);
    case "flatten":
      return new nn.Flatten();
    case "dropout":
      return new nn.Dropout(layer.rate);
  }
}

/** A problem's net with some values, and Adam for it. */
export function modelOf({ layers, input, lr, beta1, beta2, eps }) {
  const flatten = input.length === 1 ? [new nn.Flatten()] : [];
  const model = new nn.Sequential(...flatten, ...layers.map(moduleOf));
  model.initialize(1);
  return { model, optimizer: new optim.Adam(model.parameters(), { lr, betas: [beta1, beta2], eps }) };
}

/** The step that `fit` compiles, before it is compiled: a function of the indices of a batch. */
export function stepOf(problem) {
  const { input, images, labels, parameters } = problem;
  const { model, optimizer } = modelOf(problem);
  const data = {
    images: new Storage([labels.length, ...input], "float32", images),
    labels: new Storage([labels.length], "int32", labels),
  };
  const variables = [...optimizer.parameters, ...optimizer.slots().map(([, variable]) => variable)];
  const step = trainingStep({ model, loss: crossEntropy, optimizer, data });
  const reset = () => {
    model.initialize(1);
    for (const variable of variables) variable.set(variable.values().fill(0));
    for (const [index, parameter] of optimizer.parameters.entries()) parameter.set(parameters[index]);
  };
  return { step, reset };
}

/** The step compiled, with the batches one after the other. */
export async function trainerOf(problem, backendName) {
  const { step, reset } = stepOf(problem);
  reset();
  const program = await BatchProgram.create([problem.batchSize], backendName, step);
  let batch = 0;
  return {
    reset() {
      batch = 0;
      reset();
    },
    steps(count) {
      for (let index = 0; index < count; index++) {
        const from = (batch++ % problem.batches) * problem.batchSize;
        for (let at = 0; at < problem.batchSize; at++) program.indices[at] = from + at;
        program.run(problem.batchSize);
      }
      return program.output(0)[0];
    },
  };
}
