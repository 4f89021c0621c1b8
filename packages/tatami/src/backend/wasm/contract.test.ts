// The WebAssembly backend does what every backend must, with either of its modules.
import { runContract } from "../contract/contract.ts";
import { WasmBackend } from "./backend.ts";

runContract("wasm", () => WasmBackend.create({ threads: 1 }));
runContract("wasm on two threads", () => WasmBackend.create({ threads: 2 }), { runs: 5 });
