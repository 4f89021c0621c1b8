// The task every peer gets, as files that JavaScript and Python both read: a net, its first parameters, and batches of
// synthetic images (bumps on a black ground, one arrangement per class), so that no download is needed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flatLayers, nets } from "./nets.mjs";

export { nets };
export const batchSize = 100;
export const adam = { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

const classes = 10;

/** Uniform numbers in [0, 1) from a 32-bit linear congruential generator (Numerical Recipes' constants). */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** [H, W]: four bumps. */
function template(seed, [height, width]) {
  const uniform = uniforms(seed);
  const bumps = Array.from({ length: 4 }, () => [
    (6 / 28 + (16 / 28) * uniform()) * height,
    (6 / 28 + (16 / 28) * uniform()) * width,
  ]);
  const spread = 6 * (height / 28) ** 2;
  return Float32Array.from({ length: height * width }, (_, index) => {
    const row = Math.floor(index / width);
    const column = index % width;
    const sum = bumps.reduce((total, [y, x]) => total + Math.exp(-((row - y) ** 2 + (column - x) ** 2) / spread), 0);
    return sum < 0.05 ? 0 : Math.min(1, sum);
  });
}

/** Images [count, C, H, W] in [0, 1], or [count, 784], and their classes; each channel has templates of its own. */
function examples(input, count) {
  const [channels, height, width] = input.length === 3 ? input : [1, 28, 28];
  const pixels = height * width;
  const templates = Array.from({ length: classes * channels }, (_, index) => template(1000 + index, [height, width]));
  const uniform = uniforms(7);
  const images = new Float32Array(count * channels * pixels);
  const labels = Int32Array.from({ length: count }, () => Math.floor(uniform() * classes));
  for (let plane = 0; plane < count * channels; plane++) {
    const shape = templates[labels[Math.floor(plane / channels)] * channels + (plane % channels)];
    for (let pixel = 0; pixel < pixels; pixel++) {
      images[plane * pixels + pixel] = shape[pixel] === 0 ? 0 : shape[pixel] * (0.4 + 0.6 * uniform());
    }
  }
  return { images, labels };
}

/** The parameters of a net, in PyTorch's layouts and order: weight, bias, layer by layer. */
export function parametersOf(layers) {
  return flatLayers(layers).flatMap((layer) => {
    const { kind, features, in: from, out, size, groups = 1, bias = true } = layer;
    const vector = (length, value) => ({ shape: [length], value });
    if (kind === "batch-norm") return [vector(features, 1), vector(features, 0)];
    if (kind === "linear") return [{ shape: [out, from] }, vector(out, 0)];
    if (kind === "conv") return [{ shape: [out, from / groups, size, size] }, ...(bias ? [vector(out, 0)] : [])];
    return [];
  });
}

export const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** Weights uniform with He's variance; the others have their value. */
function initialValues({ shape, value }, uniform) {
  const values = new Float32Array(sizeOf(shape));
  if (value !== undefined) return values.fill(value);
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  for (let index = 0; index < values.length; index++) values[index] = bound * (2 * uniform() - 1);
  return values;
}

function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function writeArrays(folder, { input, layers }, count) {
  mkdirSync(folder, { recursive: true });
  const { images, labels } = examples(input, count);
  const uniform = uniforms(42);
  const parameters = parametersOf(layers).map((parameter) => bytesOf(initialValues(parameter, uniform)));
  writeFileSync(join(folder, "images.f32"), bytesOf(images));
  writeFileSync(join(folder, "labels.i32"), bytesOf(labels));
  writeFileSync(join(folder, "parameters.f32"), Buffer.concat(parameters));
}

/**
 * Writes what a peer needs into a folder of the net's own and returns the path of the description.
 * @param net a name of `nets`, or such an object with a name
 * @param options mode "train": steps of Adam; "infer": scores. dropout: whether layers of dropout stay
 */
export function writeProblem(parent, net, { mode = "train", dropout = true, batchSize: asked } = {}) {
  const {
    name,
    layers,
    input,
    batchSize: own = batchSize,
  } = typeof net === "string" ? { name: net, ...nets[net] } : net;
  const folder = join(parent, name);
  const size = asked ?? own;
  // few large images: what counts is that batches differ
  const batches = sizeOf(input) * size > 1e6 ? 2 : 10;
  const count = Math.max(batches * size, 20);
  if (!existsSync(join(folder, "labels.i32")) || readLabels(folder).length < count) {
    writeArrays(folder, { input, layers }, Math.max(count, batches * own));
  }
  const kept = dropout ? layers : layers.filter((layer) => layer.kind !== "dropout");
  const shapes = parametersOf(kept).map(({ shape }) => shape);
  const description = { name, mode, layers: kept, input, shapes, batchSize: size, batches, ...adam, folder };
  const file = join(folder, `${mode}-${size}${dropout ? "" : "-without-dropout"}.json`);
  writeFileSync(file, JSON.stringify(description));
  return file;
}

function readLabels(folder) {
  const bytes = readFileSync(join(folder, "labels.i32"));
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function readFloats(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** The other direction, for the peers in JavaScript. */
export function readProblem(file) {
  const problem = JSON.parse(readFileSync(file, "utf8"));
  const values = readFloats(join(problem.folder, "parameters.f32"));
  let offset = 0;
  const parameters = problem.shapes.map((shape) => {
    offset += sizeOf(shape);
    return values.subarray(offset - sizeOf(shape), offset);
  });
  return {
    ...problem,
    images: readFloats(join(problem.folder, "images.f32")),
    labels: readLabels(problem.folder),
    parameters,
  };
}

/** The mean loss of scores [N, K] of the batch that begins at `from`: how inference is compared. */
export function crossEntropyOf(scores, labels, from, count) {
  const width = scores.length / count;
  let total = 0;
  for (let row = 0; row < count; row++) {
    const own = scores.subarray(row * width, (row + 1) * width);
    const most = own.reduce((a, b) => Math.max(a, b));
    const sum = own.reduce((a, b) => a + Math.exp(b - most), 0);
    total += most + Math.log(sum) - own[labels[from + row]];
  }
  return total / count;
}
