// Who Tatami is compared with, and how each is started. A peer that is not there says why.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const pythons = ["python3", "/usr/bin/python3", "python"];

/** The first Python that has all these modules. */
function pythonWith(...modules) {
  return pythons.find((python) => {
    try {
      execFileSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore", timeout: 60_000 });
      return true;
    } catch {
      return false;
    }
  });
}

function nodePeer(file, dependency, ...args) {
  return () =>
    existsSync(path(`node_modules/${dependency}`))
      ? { command: [process.execPath, path(`peers/${file}`), ...args] }
      : { missing: `${dependency} is not installed` };
}

function pythonPeer(file, ...modules) {
  return () => {
    const python = pythonWith(...modules);
    if (python === undefined) return { missing: `no Python with ${modules.join(" and ")} was found` };
    return { command: [python, path(`peers/${file}`)] };
  };
}

function tatamiPeer(backend) {
  return { command: [process.execPath, path("peers/tatami.mjs"), backend] };
}

export const tatami = tatamiPeer("wasm");

/**
 * `nets`: those it can train in reasonable time; --peers asks for the others too. `slow`: few steps are run, and a quick
 * run leaves out its convolutions.
 */
export const peers = {
  "jax-js": { title: "jax-js", nets: ["mlp", "simple-conv", "deep-conv"], find: nodePeer("jax-js.mjs", "@jax-js/jax") },
  "tfjs-wasm": {
    title: "TensorFlow.js wasm",
    nets: ["mlp"],
    find: nodePeer("tfjs.mjs", "@tensorflow/tfjs-backend-wasm", "wasm"),
  },
  "tfjs-cpu": {
    title: "TensorFlow.js cpu",
    nets: ["mlp"],
    slow: true,
    find: nodePeer("tfjs.mjs", "@tensorflow/tfjs", "cpu"),
  },
  numpy: {
    title: "the book's NumPy",
    nets: ["mlp", "simple-conv", "deep-conv"],
    find: pythonPeer("book.py", "numpy"),
  },
  pytorch: {
    title: "PyTorch",
    nets: ["mlp", "simple-conv", "deep-conv"],
    find: pythonPeer("pytorch.py", "numpy", "torch"),
  },
  reference: {
    title: "Tatami reference",
    nets: ["mlp", "simple-conv", "deep-conv"],
    slow: true,
    find: () => tatamiPeer("reference"),
  },
};
