// TensorFlow.js on the backend named by the first argument, wasm or cpu; eager, as it is. Its wasm backend has no gradient
// of a convolution with respect to the filter, so it trains the MLP only; it infers them all.
import * as tf from "@tensorflow/tfjs";
import { crossEntropyOf } from "../problem.mjs";
import { serve, versionOf } from "./serve.mjs";

const name = process.argv[2] ?? "wasm";
if (name === "wasm") {
  const { setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  setThreadsCount(1);
}
tf.enableProdMode();
await tf.setBackend(name);

/** Images are [N, H, W, C] here. */
const applyLayer = {
  linear: (x, _layer, [weight, bias]) => tf.add(tf.matMul(x, weight, false, true), bias),
  conv: (x, { padding, stride = 1 }, [weight, bias]) => tf.add(tf.conv2d(x, weight, stride, padding), bias),
  relu: (x) => tf.relu(x),
  pool: (x, { size }) => tf.maxPool(x, size, size, 0),
  flatten: (x) => tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]),
  dropout: (x, { rate }) => tf.dropout(x, rate),
};

function tensorOf(values, shape) {
  const tensor = tf.tensor(values, shape);
  return shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor;
}

await serve(async (problem) => {
  const { layers, shapes, parameters, images, labels, input, batchSize, batches } = problem;
  const training = problem.mode !== "infer";
  const unknown = layers.find(({ kind }) => !(kind in applyLayer));
  if (unknown !== undefined) throw new Error(`${unknown.kind} is not among the layers written for it here`);
  if (training && name === "wasm" && layers.some(({ kind }) => kind === "conv"))
    throw new Error("no gradient for filters");
  const initial = parameters.map((values, index) => tensorOf(values, shapes[index]));
  const variables = initial.map((tensor) => tf.variable(tensor));
  const all = tf.tensor(images, [labels.length, ...input]);
  const ordered = input.length === 1 ? all : tf.transpose(all, [0, 2, 3, 1]);
  const data = Array.from({ length: batches }, (_, batch) => {
    const from = batch * batchSize;
    const classes = tf.tensor(labels.slice(from, from + batchSize), [batchSize], "int32");
    return [tf.slice(ordered, [from], [batchSize]), tf.oneHot(classes, 10)];
  });

  function scoresOf(x) {
    let next = 0;
    for (const layer of layers) {
      if (!training && layer.kind === "dropout") continue;
      const weighted = layer.kind === "linear" || layer.kind === "conv";
      const own = weighted ? [variables[next++], variables[next++]] : [];
      x = applyLayer[layer.kind](x, layer, own);
    }
    return x;
  }

  const loss = (x, target) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(scoresOf(x)), target), 1)));

  async function infer(count) {
    let from = 0;
    let values;
    for (let index = 0; index < count; index++) {
      from = (batch % batches) * batchSize;
      const [x] = data[batch++ % batches];
      const scores = tf.tidy(() => scoresOf(x));
      values = await scores.data();
      scores.dispose();
    }
    return crossEntropyOf(values, labels, from, batchSize);
  }

  let optimizer;
  let batch = 0;
  return {
    about: { library: `TensorFlow.js ${versionOf("@tensorflow/tfjs")}, ${name}`, threads: 1, note: "eager" },
    reset() {
      batch = 0;
      for (const [index, variable] of variables.entries()) variable.assign(initial[index]);
      optimizer?.dispose();
      if (training) optimizer = tf.train.adam(problem.lr, problem.beta1, problem.beta2, problem.eps);
    },
    async steps(count) {
      if (!training) return infer(count);
      let value;
      for (let index = 0; index < count; index++) {
        value?.dispose();
        const [x, target] = data[batch++ % batches];
        value = tf.tidy(() => optimizer.minimize(() => loss(x, target), true, variables));
      }
      const [result] = await value.data();
      value.dispose();
      return result;
    },
  };
});
