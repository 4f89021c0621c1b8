// Networks drawn by seed, of convolution, pooling, batch normalisation, residual blocks and dense layers: what nobody tuned
// a kernel for. Not chosen: each seed gives one net, whatever it is.
import { uniforms } from "./problem.mjs";

/** A drawer of whole numbers and choices. */
function drawing(seed) {
  const uniform = uniforms(seed * 7919 + 17);
  for (let skipped = 0; skipped < 8; skipped++) uniform();
  const below = (count) => Math.floor(uniform() * count);
  return {
    chance: (p) => uniform() < p,
    of: (list) => list[below(list.length)],
    between: (a, b) => a + below(b - a + 1),
  };
}

const conv = (from, to, size, options) => ({ kind: "conv", in: from, out: to, size, padding: size >> 1, ...options });

/** Appends a convolution, with batch normalisation or not, and ReLU. @returns channels and side after it */
function appendConv(draw, layers, { channels, side }) {
  const to = draw.between(4, 64);
  const size = draw.of([1, 3, 3, 3, 5, 7]);
  const stride = side >= 12 && draw.chance(0.2) ? 2 : 1;
  const normalized = draw.chance(0.5);
  layers.push(conv(channels, to, size, { stride, bias: !normalized }));
  if (normalized) layers.push({ kind: "batch-norm", features: to });
  layers.push({ kind: "relu" });
  return { channels: to, side: Math.floor((side + 2 * (size >> 1) - size) / stride) + 1 };
}

function appendResidual(draw, layers, { channels, side }) {
  const size = draw.of([3, 3, 5]);
  const part = () => [conv(channels, channels, size, { bias: false }), { kind: "batch-norm", features: channels }];
  layers.push({ kind: "residual", body: [...part(), { kind: "relu" }, ...part()], shortcut: [] }, { kind: "relu" });
  return { channels, side };
}

/** @returns {name, title, input, layers, batchSize} */
export function randomNet(seed) {
  const draw = drawing(seed);
  let at = { channels: draw.of([1, 3]), side: draw.of([20, 24, 28, 32]) };
  const input = [at.channels, at.side, at.side];
  const layers = [];
  for (let block = draw.between(2, 6); block > 0; block--) {
    at = layers.length > 0 && draw.chance(0.3) ? appendResidual(draw, layers, at) : appendConv(draw, layers, at);
    if (at.side >= 8 && draw.chance(0.5)) {
      layers.push({ kind: "pool", size: 2, stride: 2 });
      at = { ...at, side: at.side >> 1 };
    }
  }
  const flat = draw.chance(0.4);
  layers.push({ kind: flat ? "global-pool" : "flatten" });
  let features = flat ? at.channels : at.channels * at.side ** 2;
  for (let hidden = draw.between(0, 2); hidden > 0; hidden--) {
    const to = draw.between(20, 200);
    layers.push({ kind: "linear", in: features, out: to }, { kind: "relu" });
    features = to;
  }
  layers.push({ kind: "linear", in: features, out: 10 });
  return { name: `random-${seed}`, title: `random ${seed}`, input, layers, batchSize: 50 };
}
