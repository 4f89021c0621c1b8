// The rate of matmul and convolution on the WebAssembly backend, as a share of what one core can multiply and add: the
// peak is measured by a kernel of our own between the runs. `node bench/kernels.mjs [part of a name]`.
import { readFile } from "node:fs/promises";

const library = new URL("../packages/tatami/dist/", import.meta.url);
const { WasmBackend } = await import(new URL("backend/wasm/backend.js", library));
const { isBufferKind, kernelTable } = await import(new URL("program/kernel-table.js", library));

const rounds = 15;
const roundSeconds = 0.02;
/** FLOP of one iteration of tatami_peak: 12 vectors of 4, multiplied and added */
const peakFlop = 96;

const module = new WebAssembly.Module(await readFile(new URL("../wasm/tatami.wasm", library)));
const { tatami_peak: peak } = new WebAssembly.Instance(module).exports;
const backend = await WasmBackend.create({ module });

const identity = { activation: 0, activationParameter: 0 };

function product([m, n, k], transposeA, transposeB) {
  const fields = { batch: 1, m, n, k, transposeA, transposeB, aBatchStride: 0, bBatchStride: 0, ...identity };
  return {
    flop: 2 * m * n * k,
    calls: { matmul: { a: m * k, b: k * n, bias: n, out: m * n, ...fields } },
  };
}

function convolution({ batch = 100, channels: [inChannels, outChannels], size, kernel = 3, padding = 1, groups = 1 }) {
  const outSize = size + 2 * padding - kernel + 1;
  const fields = {
    batch,
    ...{ inChannels, height: size, width: size, outChannels, outHeight: outSize, outWidth: outSize },
    ...{ kernelHeight: kernel, kernelWidth: kernel, strideHeight: 1, strideWidth: 1 },
    ...{ paddingTop: padding, paddingLeft: padding, dilationHeight: 1, dilationWidth: 1, groups },
  };
  const image = batch * inChannels * size ** 2;
  const output = batch * outChannels * outSize ** 2;
  const filters = (outChannels * inChannels * kernel ** 2) / groups;
  return {
    flop: (2 * output * inChannels * kernel ** 2) / groups,
    calls: {
      conv2d: { x: image, w: filters, bias: outChannels, out: output, ...fields, ...identity },
      conv2dInputGradient: { g: output, w: filters, out: image, ...fields },
      conv2dFilterGradient: { x: image, g: output, out: filters, ...fields },
    },
  };
}

const problems = {
  "matmul 1024³": product([1024, 1024, 1024], 0, 0),
  "matmul 512³": product([512, 512, 512], 0, 0),
  "dense 4320 → 100": product([100, 100, 4320], 0, 0),
  "dense 4320 → 100, input gradient": product([100, 4320, 100], 0, 1),
  "dense 4320 → 100, weight gradient": product([4320, 100, 100], 1, 0),
  "dense 784 → 40": product([100, 40, 784], 0, 0),
  "dense 784 → 40, weight gradient": product([784, 40, 100], 1, 0),
  "dense 40 → 20": product([100, 20, 40], 0, 0),
  "dense 20 → 10": product([100, 10, 20], 0, 0),
  "dense 4320 → 100, one image": product([1, 100, 4320], 0, 0),
  "simple-conv 1 → 30, 5×5, 28²": convolution({ channels: [1, 30], size: 28, kernel: 5, padding: 0 }),
  "deep-conv 16 → 16, 28²": convolution({ channels: [16, 16], size: 28 }),
  "deep-conv 16 → 32, 14²": convolution({ channels: [16, 32], size: 14 }),
  "deep-conv 32 → 32, 14², padding 2": convolution({ channels: [32, 32], size: 14, padding: 2 }),
  "deep-conv 32 → 64, 8²": convolution({ channels: [32, 64], size: 8 }),
  "deep-conv 64 → 64, 8²": convolution({ channels: [64, 64], size: 8 }),
  "64 → 64, 16²": convolution({ channels: [64, 64], size: 16 }),
  "64 → 64, 1×1, 14²": convolution({ channels: [64, 64], size: 14, kernel: 1, padding: 0 }),
  "depthwise 32, 28²": convolution({ channels: [32, 32], size: 28, groups: 32 }),
};

/** A program of one call; the numbers of `call` that are buffers are their lengths. */
function load(kernel, call) {
  const buffers = [];
  const values = {};
  for (const [field, kind] of Object.entries(kernelTable[kernel])) {
    if (!isBufferKind(kind)) {
      values[field] = call[field];
      continue;
    }
    const buffer = backend.allocate(4 * call[field]);
    const floats = backend.floats(buffer);
    for (let index = 0; index < floats.length; index++) floats[index] = Math.random() - 0.5;
    values[field] = { space: "external", index: buffers.length, bytes: 4 * call[field] };
    buffers.push(buffer);
  }
  const program = {
    calls: [{ kernel, arguments: values, label: kernel }],
    arenaBytes: 0,
    externalBytes: buffers.map(({ bytes }) => bytes),
    outputs: [],
  };
  const executable = backend.load(program, buffers);
  return {
    run: () => executable.run(),
    dispose() {
      executable.dispose();
      for (const buffer of buffers) backend.free(buffer);
    },
  };
}

/** of processor time: what neighbours take of the core is not ours */
function seconds(run, times) {
  const start = process.cpuUsage();
  for (let time = 0; time < times; time++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6 / times;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1] };
}

/** Seconds of a run and of an iteration of the peak, measured in turns. */
function measure(run) {
  const times = Math.max(1, Math.round(roundSeconds / Math.max(seconds(run, 3), 1e-7)));
  const runs = [];
  const peaks = [];
  seconds(run, times);
  for (let round = 0; round < rounds; round++) {
    peaks.push(seconds(() => peak(100_000), 10) / 100_000);
    runs.push(seconds(run, times));
  }
  return { run: summary(runs), peak: summary(peaks) };
}

function line(name, flop, { run, peak }) {
  const rate = (statistic) => flop / run[statistic] / 1e9;
  const share = (statistic) => `${((100 * rate(statistic) * peak[statistic] * 1e9) / peakFlop).toFixed(0)} %`;
  return [
    name.padEnd(58),
    `${(1000 * run.median).toFixed(3)} ms`.padStart(11),
    `${rate("median").toFixed(1)} GFLOP/s`.padStart(14),
    `${share("median")} of peak`.padStart(14),
    `(fastest ${rate("least").toFixed(1)}, ${share("least")})`,
  ].join(" ");
}

const wanted = process.argv[2] ?? "";
peak(1_000_000);
for (const [name, { flop, calls }] of Object.entries(problems)) {
  if (!name.includes(wanted)) continue;
  for (const [kernel, call] of Object.entries(calls)) {
    const program = load(kernel, call);
    process.stdout.write(`${line(kernel === "matmul" ? name : `${name} ${kernel}`, flop, measure(program.run))}\n`);
    program.dispose();
  }
}
