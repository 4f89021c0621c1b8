// Products and convolutions of many shapes, each as a share of the rate at which the same backend multiplies and adds in
// registers. Arguments: backend, "quick" or "whole". Prints JSON.
import { convolution, load, product, timed } from "../kernel-problems.mjs";
import { backend as loadBackend, registerNative, setBackend } from "../tatami.mjs";

const [name = "wasm", how = "whole"] = process.argv.slice(2);
const quick = how === "quick";
if (name === "native") await registerNative();
setBackend(name, { threads: 1 });
const backend = await loadBackend(name);

const sizes = quick ? [64, 256] : [16, 32, 64, 100, 128, 192, 256, 384, 512, 768, 1024];
const skewed = quick
  ? []
  : [
      [100, 10, 784],
      [100, 100, 4320],
      [1, 1024, 1024],
      [4096, 16, 64],
      [16, 4096, 64],
      [17, 33, 65],
    ];
const products = [...sizes.map((size) => [size, size, size]), ...skewed].map((shape) => ({
  shape,
  title: shape.join("×"),
  ...product(shape),
}));

/** All combinations that keep one measurement below some hundred million multiply-adds. */
function convolutions() {
  const shapes = [];
  const add = (title, options) => shapes.push({ title, ...options });
  const channels = quick ? [16, 64] : [1, 3, 8, 16, 20, 32, 64, 128, 256];
  for (const width of channels) {
    const size = width >= 128 ? 8 : 16;
    add(`${width} channels, 3×3, ${size}²`, { family: "channels", at: width, channels: [width, width], size });
  }
  for (const size of quick ? [14] : [4, 7, 8, 14, 28, 56]) {
    add(`32 channels, 3×3, ${size}²`, {
      family: "image",
      at: size,
      channels: [32, 32],
      size,
      batch: size > 28 ? 20 : 100,
    });
  }
  for (const kernel of quick ? [1] : [1, 3, 5, 7]) {
    add(`32 channels, ${kernel}×${kernel}, 14²`, {
      family: "kernel",
      at: kernel,
      channels: [32, 32],
      size: 14,
      kernel,
    });
    add(`32 channels, ${kernel}×${kernel}, 28², stride 2`, {
      ...{ family: "stride 2, kernel", at: kernel, channels: [32, 32], size: 28, kernel, stride: 2 },
    });
  }
  for (const groups of quick ? [64] : [2, 4, 16, 64]) {
    add(`64 channels, ${groups} groups, 3×3, 14²`, {
      family: "groups",
      at: groups,
      channels: [64, 64],
      size: 14,
      groups,
    });
  }
  if (quick) return shapes;
  for (const [from, to] of [
    [1, 16],
    [3, 64],
    [16, 64],
    [64, 16],
    [7, 13],
    [256, 10],
  ]) {
    add(`${from} → ${to} channels, 3×3, 14²`, { family: "uneven", at: from, channels: [from, to], size: 14 });
  }
  for (const batch of [1, 4, 20]) {
    add(`32 channels, 3×3, 14², batch ${batch}`, { family: "batch", at: batch, channels: [32, 32], size: 14, batch });
  }
  for (const exact of [0, 1]) {
    add(`64 channels, 3×3, 14²${exact ? ", exact" : ""}`, {
      family: "exact",
      at: exact,
      channels: [64, 64],
      size: 14,
      exact,
    });
  }
  return shapes;
}

let peak = backend.peak();
async function measured({ flop, calls }) {
  const rates = {};
  for (const [kernel, call] of Object.entries(calls)) {
    const program = load(backend, kernel, call);
    const { min, median } = await timed(program.run, quick ? { blocks: 3, milliseconds: 5 } : {});
    rates[kernel] = { ms: median, gflops: flop / median / 1e6, bestGflops: flop / min / 1e6 };
    program.dispose();
  }
  peak = Math.max(peak, backend.peak());
  return rates;
}

const matmul = [];
for (const { title, shape, ...problem } of products) matmul.push({ title, shape, rates: await measured(problem) });
const conv = [];
for (const { title, family, at, ...options } of convolutions()) {
  conv.push({ title, family, at, rates: await measured(convolution(options)) });
}
for (const { rates } of [...matmul, ...conv]) {
  for (const rate of Object.values(rates)) rate.share = (rate.gflops * 1e9) / peak;
}
process.stdout.write(JSON.stringify({ backend: name, isa: backend.isa ?? null, peakGflops: peak / 1e9, matmul, conv }));
