// The nets of the benchmark, as data: those of the command line as they stand in nets.json, and larger ones built here of
// the same layers. Both lists say nothing of a library.
//   linear {in, out}   conv {in, out, size, padding, stride = 1, groups = 1, bias = true}   pool {size, stride = size}
//   batch-norm {features}   residual {body, shortcut}: their sum   global-pool: the mean of each plane, flat
//   relu   flatten   dropout {rate}
import { readFileSync } from "node:fs";

const relu = { kind: "relu" };
const flatten = { kind: "flatten" };
const linear = (from, to) => ({ kind: "linear", in: from, out: to });
const norm = (features) => ({ kind: "batch-norm", features });
const conv = (from, to, size, options = {}) => ({ kind: "conv", in: from, out: to, size, padding: 0, ...options });
const pool = (size, stride = size) => ({ kind: "pool", size, stride });
const dropout = { kind: "dropout", rate: 0.5 };

/** Batch normalisation has the bias. */
function normalized(from, to, size, options) {
  return [conv(from, to, size, { padding: size >> 1, bias: false, ...options }), norm(to)];
}

function normalizedPerceptron() {
  const hidden = Array.from({ length: 5 }, (_, index) => [linear(index === 0 ? 784 : 100, 100), norm(100), relu]);
  return [...hidden.flat(), linear(100, 10)];
}

/** LeCun et al. 1998, with max pooling and ReLU. */
function lenet() {
  return [
    ...[conv(1, 6, 5, { padding: 2 }), relu, pool(2), conv(6, 16, 5), relu, pool(2), flatten],
    ...[linear(400, 120), relu, linear(120, 84), relu, linear(84, 10)],
  ];
}

/** Two convolutions and what they are added to; where sizes change, that is a 1 × 1 convolution. */
function residualBlock(from, to, stride) {
  const body = [...normalized(from, to, 3, { stride }), relu, ...normalized(to, to, 3)];
  const shortcut = from === to && stride === 1 ? [] : normalized(from, to, 1, { stride });
  return [{ kind: "residual", body, shortcut }, relu];
}

/** He et al. 2016, section 4.2, n = 3, with projections (their option B). */
function resnet20() {
  const stages = [16, 32, 64].flatMap((width, stage) =>
    Array.from({ length: 3 }, (_, block) => {
      const first = stage > 0 && block === 0;
      return residualBlock(first ? width / 2 : width, width, first ? 2 : 1);
    }),
  );
  return [...normalized(3, 16, 3), relu, ...stages.flat(), { kind: "global-pool" }, linear(64, 10)];
}

/** Krizhevsky et al. 2012 in the later form of one column; `stem` and `last` depend on the size of the image. */
function alexnet(stem, poolOf, features, classes) {
  return [
    ...[stem, relu, poolOf, conv(64, 192, stem.size > 3 ? 5 : 3, { padding: stem.size > 3 ? 2 : 1 }), relu, poolOf],
    ...[conv(192, 384, 3, { padding: 1 }), relu, conv(384, 256, 3, { padding: 1 }), relu],
    ...[conv(256, 256, 3, { padding: 1 }), relu, poolOf, flatten, dropout, linear(features, 4096), relu],
    ...[dropout, linear(4096, 4096), relu, linear(4096, classes)],
  ];
}

/** Howard et al. 2017: each 3 × 3 convolution sees one channel, each 1 × 1 convolution all of them. */
function mobilenet() {
  const block = (from, to, stride) => [
    ...[...normalized(from, from, 3, { groups: from, stride }), relu, ...normalized(from, to, 1), relu],
  ];
  const blocks = [block(32, 64, 1), block(64, 128, 2), block(128, 128, 1), block(128, 256, 2), block(256, 256, 1)];
  return [...normalized(3, 32, 3), relu, ...blocks.flat(), { kind: "global-pool" }, linear(256, 10)];
}

const color = [3, 32, 32];
const stem32 = conv(3, 64, 3, { stride: 2, padding: 1 });
const stem224 = conv(3, 64, 11, { stride: 4, padding: 2 });

/** By name: {title, input, layers, batchSize = 100}. */
export const nets = {
  ...JSON.parse(readFileSync(new URL("./nets.json", import.meta.url), "utf8")),
  "bn-mlp": { title: "MLP 5×100, batch norm", input: [784], layers: normalizedPerceptron() },
  lenet: { title: "LeNet-5", input: [1, 28, 28], layers: lenet() },
  resnet20: { title: "ResNet-20, 3×32×32", input: color, layers: resnet20() },
  mobilenet: { title: "depthwise (MobileNet), 3×32×32", input: color, layers: mobilenet() },
  alexnet32: { title: "AlexNet, 3×32×32", input: color, layers: alexnet(stem32, pool(2), 1024, 10) },
  alexnet224: {
    title: "AlexNet, 3×224×224, batch 16",
    input: [3, 224, 224],
    layers: alexnet(stem224, pool(3, 2), 9216, 1000),
    batchSize: 16,
  },
};

/** All layers, those inside residual blocks too. */
export function flatLayers(layers) {
  return layers.flatMap((layer) =>
    layer.kind === "residual" ? [layer, ...flatLayers(layer.body), ...flatLayers(layer.shortcut)] : [layer],
  );
}
