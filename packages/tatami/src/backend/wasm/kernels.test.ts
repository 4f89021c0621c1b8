// The WebAssembly kernels at the edges of tiles and vectors, and their elementary functions.
import { runEdges } from "../contract/edges.ts";
import { runVectorMath } from "../contract/vector-math.ts";
import { WasmBackend } from "./backend.ts";

runEdges("wasm", () => WasmBackend.create({ threads: 1 }));
runVectorMath("wasm", () => WasmBackend.create({ threads: 1 }));
