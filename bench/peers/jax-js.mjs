// jax-js on its WebAssembly device: forward, loss, backward and Adam in one jitted function, everything resident there.
// Written for its speed: images are [C, N, H, W] and a convolution is one matrix product over patches. With the library's
// own convolution the deep net's step takes 14 times as long, and patches in [N, C, H, W] take 1.2 to 1.6 times as long.
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { serve, versionOf } from "./serve.mjs";

/** Pooling comes before ReLU, which is the same function and less work, as in the library's own example. */
function poolFirst(layers) {
  const order = [...layers];
  for (let index = 1; index < order.length; index++) {
    if (order[index].kind === "pool" && order[index - 1].kind === "relu") {
      [order[index - 1], order[index]] = [order[index], order[index - 1]];
    }
  }
  return order;
}

/** [C, N, H, W] to [C · size², N · OH · OW]. */
function patches(x, size, padding) {
  const [channels, count, height, width] = x.shape;
  const rows = height + 2 * padding - size + 1;
  const columns = width + 2 * padding - size + 1;
  if (padding > 0) x = np.pad(x, { 2: [padding, padding], 3: [padding, padding] });
  const shifted = [];
  for (let y = 0; y < size; y++) {
    for (let z = 0; z < size; z++) shifted.push(x.ref.slice([], [], [y, y + rows], [z, z + columns]));
  }
  x.dispose();
  const matrix = np.stack(shifted, 1).reshape([channels * size ** 2, count * rows * columns]);
  return { matrix, shape: [count, rows, columns] };
}

const applyLayer = {
  linear: (x, _layer, [weight, bias]) => np.dot(x, weight).add(bias),
  conv: (x, { out, size, padding }, [weight, bias]) => {
    const { matrix, shape } = patches(x, size, padding);
    return np
      .dot(weight, matrix)
      .reshape([out, ...shape])
      .add(bias);
  },
  relu: (x) => nn.relu(x),
  pool: (x, { size }) => lax.reduceWindow(x, np.max, [size, size], [size, size]),
  flatten: (x) => x.transpose([1, 0, 2, 3]).reshape([x.shape[1], -1]),
  dropout: (x, { rate }, _parameters, key) =>
    np.where(random.bernoulli(key, 1 - rate, x.shape), x.mul(1 / (1 - rate)), 0),
};

function lossOf(layers, batchSize) {
  return (parameters, x, y, keys) => {
    let next = 0;
    let drops = 0;
    for (const layer of layers) {
      const weighted = layer.kind === "linear" || layer.kind === "conv";
      const own = weighted ? [parameters[next++], parameters[next++]] : [];
      const key = layer.kind === "dropout" ? keys.ref.slice(drops++) : undefined;
      x = applyLayer[layer.kind](x, layer, own, key);
    }
    keys.dispose();
    return nn
      .logSoftmax(x)
      .mul(nn.oneHot(y, 10))
      .sum()
      .mul(-1 / batchSize);
  };
}

function trainStep({ batchSize, lr, beta1, beta2, eps, ...problem }) {
  const layers = poolFirst(problem.layers);
  const gradient = valueAndGrad(lossOf(layers, batchSize));
  return jit((parameters, first, second, time, key, x, y) => {
    const keys = random.split(key, 3);
    const nextKey = keys.ref.slice(0);
    const [loss, gradients] = gradient(tree.ref(parameters), x, y, keys.slice([1, 3]));
    time = time.add(1);
    const correction1 = np.expm1(time.ref.mul(Math.log(beta1))).mul(-1);
    const correction2 = np.expm1(time.ref.mul(Math.log(beta2))).mul(-1);
    const updated = { parameters: [], first: [], second: [] };
    for (const [index, parameter] of parameters.entries()) {
      const g = gradients[index];
      const m = first[index].mul(beta1).add(g.ref.mul(1 - beta1));
      const v = second[index].mul(beta2).add(np.square(g).mul(1 - beta2));
      const denominator = np.sqrt(v.ref.div(correction2.ref)).add(eps);
      updated.parameters.push(parameter.sub(m.ref.div(correction1.ref).mul(lr).div(denominator)));
      updated.first.push(m);
      updated.second.push(v);
    }
    correction1.dispose();
    correction2.dispose();
    return [updated.parameters, updated.first, updated.second, time, nextKey, loss];
  });
}

/** PyTorch's layouts as this program multiplies: linear weights [in, out], filters [out, in · size²]. */
function layoutOf({ shapes, parameters }) {
  return parameters.map((values, index) => {
    const shape = shapes[index];
    if (shape.length === 4) return np.array(values).reshape([shape[0], -1]);
    if (shape.length === 2) return np.array(values).reshape(shape).transpose().mul(1);
    const ofFilter = shapes[index - 1].length === 4;
    return np.array(values).reshape(ofFilter ? [shape[0], 1, 1, 1] : shape);
  });
}

await init("wasm");
defaultDevice("wasm");

await serve(async (problem) => {
  const { images, labels, batchSize, batches, input } = problem;
  const unknown = problem.layers.find(({ kind }) => !(kind in applyLayer));
  if (unknown !== undefined) throw new Error(`${unknown.kind} is not among the layers written for it here`);
  const imageSize = images.length / labels.length;
  const data = Array.from({ length: batches }, (_, batch) => {
    const from = batch * batchSize;
    const pixels = images.slice(from * imageSize, (from + batchSize) * imageSize);
    const shape = input.length === 1 ? [batchSize, ...input] : [1, batchSize, ...input.slice(1)];
    return [np.array(pixels).reshape(shape), np.array(labels.slice(from, from + batchSize))];
  });
  const step = trainStep(problem);
  let state;
  let batch = 0;
  return {
    about: { library: `jax-js ${versionOf("@jax-js/jax")}, wasm`, threads: 1, note: "whole step jitted" },
    reset() {
      if (state) tree.dispose(state);
      batch = 0;
      const parameters = layoutOf(problem);
      const zeros = () => parameters.map(({ shape }) => np.zeros(shape));
      state = [parameters, zeros(), zeros(), np.array(0), random.key(1)];
    },
    async steps(count) {
      let loss;
      for (let index = 0; index < count; index++) {
        loss?.dispose();
        const [x, y] = data[batch++ % batches];
        const results = step(...state, x.ref, y.ref);
        loss = results.pop();
        state = results;
      }
      return loss.jsAsync();
    },
  };
});
