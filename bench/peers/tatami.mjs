// Tatami itself, through the step that `fit` compiles. Arguments: backend, threads, precision.
import { backend, registerNative, setBackend, setPrecision, trainerOf } from "../tatami.mjs";
import { serve } from "./serve.mjs";

const [name = "wasm", threads = "1", precision = "fast"] = process.argv.slice(2);
if (name === "native") await registerNative();
setBackend(name, { threads: Number(threads) });
setPrecision(precision);

await serve(async (problem) => {
  const trainer = await trainerOf(problem, name);
  const running = await backend(name);
  const isa = running.isa === undefined ? "" : `, ${running.isa}`;
  const { compileMs, multiplyAdds } = trainer;
  return {
    about: {
      library: `Tatami, ${name}${isa}`,
      threads: running.threads,
      note: `whole step compiled${precision === "exact" ? ", exact" : ""}`,
      compileMs,
      multiplyAdds,
    },
    peak: () => running.peak?.() ?? null,
    ...trainer,
  };
});
