// onnxruntime, inference only, of the ONNX file that onnx.mjs writes. Arguments: "web" (its WebAssembly, in Node) or "node"
// (native); threads.
import { onnxOf } from "../onnx.mjs";
import { crossEntropyOf } from "../problem.mjs";
import { serve, versionOf } from "./serve.mjs";

const [kind, count] = process.argv.slice(2);
const threads = Number(count);
const name = `onnxruntime-${kind}`;
const module = await import(name);
const ort = module.InferenceSession === undefined ? module.default : module;
if (kind === "web") ort.env.wasm.numThreads = threads;

await serve(async (problem) => {
  if (problem.mode !== "infer") throw new Error("it cannot train");
  const { input, batchSize, batches, images, labels } = problem;
  const { model, output } = onnxOf(problem);
  const session = await ort.InferenceSession.create(new Uint8Array(model), {
    executionProviders: [kind === "web" ? "wasm" : "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const size = images.length / labels.length;
  const data = Array.from({ length: batches }, (_, batch) => {
    const pixels = images.slice(batch * batchSize * size, (batch + 1) * batchSize * size);
    return { x: new ort.Tensor("float32", pixels, [batchSize, ...input]) };
  });
  let batch = 0;
  return {
    about: { library: `${name} ${versionOf(name)}`, threads, note: "all graph optimisations" },
    reset() {
      batch = 0;
    },
    async steps(count) {
      let from = 0;
      let scores;
      for (let index = 0; index < count; index++) {
        from = (batch % batches) * batchSize;
        ({ [output]: scores } = await session.run(data[batch++ % batches]));
      }
      return crossEntropyOf(scores.data, labels, from, batchSize);
    },
    dispose: () => session.release(),
  };
});
