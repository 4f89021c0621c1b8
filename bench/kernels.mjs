// The rate of matmul and convolution as a share of what one core can multiply and add, for work on kernels:
// `node bench/kernels.mjs [wasm|native] [part of a name]`. The peak is measured by a kernel of our own between the runs.
import { convolution, load, product, timed } from "./kernel-problems.mjs";
import { backend as loadBackend, registerNative, setBackend } from "./tatami.mjs";

const problems = {
  "matmul 1024³": product([1024, 1024, 1024]),
  "matmul 512³": product([512, 512, 512]),
  "dense 4320 → 100": product([100, 100, 4320]),
  "dense 4320 → 100, input gradient": product([100, 4320, 100], 0, 1),
  "dense 4320 → 100, weight gradient": product([4320, 100, 100], 1, 0),
  "dense 784 → 40": product([100, 40, 784]),
  "dense 784 → 40, weight gradient": product([784, 40, 100], 1, 0),
  "dense 40 → 20": product([100, 20, 40]),
  "dense 20 → 10": product([100, 10, 20]),
  "dense 4320 → 100, one image": product([1, 100, 4320]),
  "simple-conv 1 → 30, 5×5, 28²": convolution({ channels: [1, 30], size: 28, kernel: 5, padding: 0 }),
  "deep-conv 16 → 16, 28²": convolution({ channels: [16, 16], size: 28 }),
  "deep-conv 16 → 32, 14²": convolution({ channels: [16, 32], size: 14 }),
  "deep-conv 32 → 32, 14², padding 2": convolution({ channels: [32, 32], size: 14, padding: 2 }),
  "deep-conv 32 → 64, 8²": convolution({ channels: [32, 64], size: 8 }),
  "deep-conv 64 → 64, 8²": convolution({ channels: [64, 64], size: 8 }),
  "64 → 64, 16²": convolution({ channels: [64, 64], size: 16 }),
  "64 → 64, 1×1, 14²": convolution({ channels: [64, 64], size: 14, kernel: 1 }),
  "depthwise 32, 28²": convolution({ channels: [32, 32], size: 28, groups: 32 }),
};

const [name = "wasm", wanted = ""] = process.argv.slice(2);
if (name === "native") await registerNative();
setBackend(name, { threads: 1 });
const backend = await loadBackend(name);

for (const [title, { flop, calls }] of Object.entries(problems)) {
  if (!title.includes(wanted)) continue;
  for (const [kernel, call] of Object.entries(calls)) {
    const program = load(backend, kernel, call);
    const { min, median } = await timed(program.run, { blocks: 15, milliseconds: 20 });
    const peak = backend.peak();
    const share = (ms) => `${((100 * flop) / (ms / 1000) / peak).toFixed(0)} %`;
    const columns = [
      (kernel === "matmul" ? title : `${title} ${kernel}`).padEnd(58),
      `${median.toFixed(3)} ms`.padStart(11),
      `${(flop / median / 1e6).toFixed(1)} GFLOP/s`.padStart(15),
      `${share(median)} of peak`.padStart(15),
      `(fastest ${share(min)})`,
    ];
    process.stdout.write(`${columns.join(" ")}\n`);
    program.dispose();
  }
}
