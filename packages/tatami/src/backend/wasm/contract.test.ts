// The WebAssembly backend does what every backend must.
import { runContract } from "../contract/contract.ts";
import { WasmBackend } from "./backend.ts";

runContract("wasm", () => WasmBackend.create());
