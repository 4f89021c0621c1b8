// Who takes part, and how each is started: Tatami in its variants, and the peers. Who is not there says why.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flatLayers, nets } from "./nets.mjs";
import { newestWith } from "./pythons.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

function nodePeer(file, dependency, ...args) {
  return (threads) =>
    existsSync(path(`node_modules/${dependency}`))
      ? { command: [process.execPath, path(`peers/${file}`), ...args, String(threads)] }
      : { missing: `${dependency} is not installed` };
}

/** @param start what else `Child` needs to know, by threads */
function pythonPeer(file, module, args = [], start = () => ({})) {
  return (threads) => {
    const python = newestWith(module);
    if (python === undefined) return { missing: `no Python with ${module} was found` };
    return { command: [python.path, path(`peers/${file}`), ...args, String(threads)], ...start(threads) };
  };
}

/** XLA has several kinds of threads; that none of them takes a second core is seen to by `Child`. */
function xla(threads) {
  const single =
    threads === 1 ? { XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" } : {};
  return { env: { JAX_PLATFORMS: "cpu", ...single } };
}

/** What torch.compile has built is kept beside the packages, so that only the first benchmark waits for the C++ compiler. */
const inductor = () => ({ env: { TORCHINDUCTOR_CACHE_DIR: path("node_modules/.cache/inductor") } });

function tatami(title, backend, { threads, precision = "fast", env = {} } = {}) {
  return {
    title,
    ours: true,
    trains: () => true,
    infers: () => true,
    find: (asked) => ({
      command: [process.execPath, path("peers/tatami.mjs"), backend, String(threads ?? asked), precision],
      env,
    }),
  };
}

/** Tatami; `native` and `wasm` take part everywhere, the others where bench.mjs asks for them. */
export const variants = {
  native: tatami("Tatami native", "native"),
  wasm: tatami("Tatami wasm", "wasm"),
  "native-single": tatami("Tatami native, 1 thread", "native", { threads: 1 }),
  "wasm-single": tatami("Tatami wasm, 1 thread", "wasm", { threads: 1 }),
  "native-exact": tatami("Tatami native, exact", "native", { precision: "exact" }),
  "native-avx2": tatami("Tatami native, AVX2", "native", { env: { TATAMI_ISA: "avx2" } }),
};

const courses = ["mlp", "simple-conv", "double-conv", "deep-conv"];
const only =
  (...names) =>
  (net) =>
    names.includes(net);
const kindsOf = (net) => flatLayers((nets[net] ?? net).layers).map(({ kind }) => kind);

/**
 * `trains` and `infers`: the nets it is asked for, null where it cannot; --peers asks for the others too. `single`: it has one thread only.
 * `slow`: two blocks are enough, and a quick run leaves it out. `lasting`: one process for all nets, because it takes
 * seconds to start.
 */
export const peers = {
  pytorch: {
    title: "PyTorch eager",
    trains: () => true,
    infers: () => true,
    lasting: true,
    find: pythonPeer("pytorch.py", "torch", ["eager"]),
  },
  "pytorch-compiled": {
    title: "PyTorch compiled",
    trains: () => true,
    // compiling takes longer than all else here
    infers: only("simple-conv", "deep-conv", "resnet20"),
    lasting: true,
    find(threads) {
      const { torch = "" } = newestWith("torch") ?? {};
      return torch.startsWith("1.")
        ? { missing: `PyTorch ${torch} has no torch.compile` }
        : pythonPeer("pytorch.py", "torch", ["compiled"], inductor)(threads);
    },
  },
  jax: {
    title: "JAX",
    trains: () => true,
    infers: () => true,
    lasting: true,
    find: pythonPeer("xla.py", "jax", [], xla),
  },
  "onnxruntime-node": {
    title: "onnxruntime native",
    trains: null,
    infers: () => true,
    find: nodePeer("onnxruntime.mjs", "onnxruntime-node", "node"),
  },
  "onnxruntime-web": {
    title: "onnxruntime wasm",
    trains: null,
    infers: () => true,
    find: nodePeer("onnxruntime.mjs", "onnxruntime-web", "web"),
  },
  numpy: {
    title: "the book's NumPy",
    trains: only(...courses, "bn-mlp", "lenet"),
    infers: null,
    single: true,
    find: pythonPeer("book.py", "numpy"),
  },
  "jax-js": {
    title: "jax-js wasm",
    trains: only("mlp", "simple-conv", "deep-conv", "lenet"),
    infers: null,
    single: true,
    find: nodePeer("jax-js.mjs", "@jax-js/jax"),
  },
  "tfjs-wasm": {
    title: "TensorFlow.js wasm",
    // it has no gradient of filters
    trains: only("mlp"),
    infers: (net) => !kindsOf(net).some((kind) => ["batch-norm", "residual", "global-pool"].includes(kind)),
    single: true,
    find: nodePeer("tfjs.mjs", "@tensorflow/tfjs-backend-wasm", "wasm"),
  },
  "tfjs-cpu": {
    title: "TensorFlow.js cpu",
    trains: only("mlp", "simple-conv"),
    infers: null,
    single: true,
    slow: true,
    find: nodePeer("tfjs.mjs", "@tensorflow/tfjs", "cpu"),
  },
};
