// The task every peer gets, as files that JavaScript and Python both read: a net, its first parameters, and batches of
// synthetic images (bumps on a black ground, one arrangement per class), so that no download is needed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const nets = JSON.parse(readFileSync(new URL("./nets.json", import.meta.url), "utf8"));
export const batchSize = 100;
export const batches = 10;
export const adam = { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

const side = 28;
const classes = 10;

/** Uniform numbers in [0, 1) from a 32-bit linear congruential generator (Numerical Recipes' constants). */
function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Box and Muller's transform. */
function normals(seed) {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function template(seed) {
  const uniform = uniforms(seed);
  const bumps = Array.from({ length: 4 }, () => [6 + 16 * uniform(), 6 + 16 * uniform()]);
  return Float32Array.from({ length: side * side }, (_, index) => {
    const row = Math.floor(index / side);
    const column = index % side;
    const sum = bumps.reduce((total, [y, x]) => total + Math.exp(-((row - y) ** 2 + (column - x) ** 2) / 6), 0);
    return sum < 0.05 ? 0 : Math.min(1, sum);
  });
}

/** Images [batches · batchSize, 1, 28, 28] in [0, 1] and their classes. */
function examples() {
  const count = batches * batchSize;
  const templates = Array.from({ length: classes }, (_, index) => template(1000 + index));
  const uniform = uniforms(7);
  const images = new Float32Array(count * side * side);
  const labels = Int32Array.from({ length: count }, () => Math.floor(uniform() * classes));
  for (let image = 0; image < count; image++) {
    const shape = templates[labels[image]];
    for (let pixel = 0; pixel < side * side; pixel++) {
      const value = shape[pixel] === 0 ? 0 : shape[pixel] * (0.4 + 0.6 * uniform());
      images[image * side * side + pixel] = value;
    }
  }
  return { images, labels };
}

/** The shapes of a net's parameters, in PyTorch's layouts and order: weight, bias, layer by layer. */
function parameterShapes(layers) {
  return layers.flatMap((layer) => {
    if (layer.kind === "linear") return [[layer.out, layer.in], [layer.out]];
    if (layer.kind === "conv") return [[layer.out, layer.in, layer.size, layer.size], [layer.out]];
    return [];
  });
}

const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** Weights by He's rule, biases zero. */
function initialParameters(shapes) {
  const normal = normals(42);
  return shapes.map((shape) => {
    const values = new Float32Array(sizeOf(shape));
    if (shape.length === 1) return values;
    const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
    return values.map(() => deviation * normal());
  });
}

function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Writes what a peer needs into `folder` and returns the path of the description. */
export function writeProblem(folder, name, { dropout }) {
  mkdirSync(folder, { recursive: true });
  const net = nets[name];
  const layers = dropout ? net.layers : net.layers.filter((layer) => layer.kind !== "dropout");
  const shapes = parameterShapes(layers);
  const { images, labels } = examples();
  const path = (file) => join(folder, file);
  writeFileSync(path("images.f32"), bytesOf(images));
  writeFileSync(path("labels.i32"), bytesOf(labels));
  writeFileSync(path("parameters.f32"), Buffer.concat(initialParameters(shapes).map(bytesOf)));
  const description = { name, layers, input: net.input, shapes, batchSize, batches, ...adam };
  const file = path(dropout ? "problem.json" : "problem-without-dropout.json");
  writeFileSync(file, JSON.stringify({ ...description, folder }));
  return file;
}

/** The other direction, for the peers in JavaScript. */
export function readProblem(file) {
  const problem = JSON.parse(readFileSync(file, "utf8"));
  const read = (name) => {
    const bytes = readFileSync(join(problem.folder, name));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  };
  const values = new Float32Array(read("parameters.f32"));
  let offset = 0;
  const parameters = problem.shapes.map((shape) => {
    offset += sizeOf(shape);
    return values.slice(offset - sizeOf(shape), offset);
  });
  return {
    ...problem,
    images: new Float32Array(read("images.f32")),
    labels: new Int32Array(read("labels.i32")),
    parameters,
  };
}
