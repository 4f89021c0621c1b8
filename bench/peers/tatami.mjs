// Tatami itself, through the step that `fit` compiles. The backend is the first argument.
import { backend, registerBackend, setBackend, trainerOf, WasmBackend } from "../tatami.mjs";
import { serve } from "./serve.mjs";

const name = process.argv[2] ?? "wasm";
// as many threads as the peers get
registerBackend("wasm", () => WasmBackend.create({ threads: 1 }));
setBackend(name);

await serve(async (problem) => {
  const trainer = await trainerOf(problem, name);
  const { threads } = await backend(name);
  return { about: { library: `Tatami, ${name}`, threads, note: "whole step compiled" }, ...trainer };
});
