// Single kernel calls on buffers of random numbers: what the rates of kernels are measured on, without a compiler around.
const { isBufferKind, kernelTable } = await import(
  new URL("../packages/tatami/dist/program/kernel-table.js", import.meta.url)
);

const identity = { activation: 0, activationParameter: 0 };
const noPool = {
  ...{ pooled: null, indices: null, pooledHeight: 0, pooledWidth: 0, poolHeight: 0, poolWidth: 0 },
  ...{ poolStrideHeight: 0, poolStrideWidth: 0, poolPaddingTop: 0, poolPaddingLeft: 0 },
};

/** The product [m, k]·[k, n]. */
export function product([m, n, k], transposeA = 0, transposeB = 0) {
  const strides = { aStride: transposeA ? m : k, aBatchStride: 0, bBatchStride: 0 };
  const fields = { batch: 1, m, n, k, transposeA, transposeB, ...strides, ...identity };
  return { flop: 2 * m * n * k, calls: { matmul: { a: m * k, b: k * n, bias: n, out: m * n, ...fields } } };
}

/** A convolution of square images and its two gradients. */
export function convolution({
  batch = 100,
  channels: [inChannels, outChannels],
  size,
  kernel = 3,
  padding = kernel >> 1,
  stride = 1,
  groups = 1,
  exact = 0,
}) {
  const outSize = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const fields = {
    batch,
    ...{ inChannels, height: size, width: size, outChannels, outHeight: outSize, outWidth: outSize },
    ...{ kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride },
    ...{ paddingTop: padding, paddingLeft: padding, dilationHeight: 1, dilationWidth: 1, groups, exact },
  };
  const image = batch * inChannels * size ** 2;
  const output = batch * outChannels * outSize ** 2;
  const filters = (outChannels * inChannels * kernel ** 2) / groups;
  return {
    flop: (2 * output * inChannels * kernel ** 2) / groups,
    calls: {
      conv2d: { x: image, w: filters, bias: outChannels, out: output, ...fields, ...identity, ...noPool },
      conv2dInputGradient: { g: output, w: filters, mask: null, out: image, ...fields },
      conv2dFilterGradient: { x: image, g: output, out: filters, ...fields, accumulate: 0 },
    },
  };
}

function bufferOf(backend, length) {
  const buffer = backend.allocate(4 * length);
  const floats = backend.floats(buffer);
  for (let index = 0; index < length; index++) floats[index] = ((index * 7919) % 1000) / 1000 - 0.5;
  return buffer;
}

/** A program of one call; the numbers of `call` that are buffers are their lengths, null for none. */
export function load(backend, kernel, call) {
  const buffers = [];
  const values = {};
  for (const [field, kind] of Object.entries(kernelTable[kernel])) {
    values[field] = call[field];
    if (!isBufferKind(kind) || call[field] === null) continue;
    values[field] = { space: "external", index: buffers.length, offset: 0, bytes: 4 * call[field] };
    buffers.push(bufferOf(backend, call[field]));
  }
  const program = {
    segments: [{ calls: [{ kernel, arguments: values, label: kernel }], tiling: null }],
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

/** Milliseconds of a run on one thread, of processor time: what neighbours take of the core is not ours. */
export async function timed(run, { blocks = 5, milliseconds = 12 } = {}) {
  const block = async (count) => {
    const start = process.cpuUsage();
    for (let time = 0; time < count; time++) {
      const running = run();
      if (typeof running !== "number") await running;
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / count;
  };
  await block(1);
  const first = Math.max(await block(1), 1e-4);
  const count = Math.max(1, Math.round(milliseconds / first));
  const times = [];
  for (let at = 0; at < blocks; at++) times.push(await block(count));
  times.sort((a, b) => a - b);
  return { min: times[0], median: times[blocks >> 1] };
}
