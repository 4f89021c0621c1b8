// The public names of the WebAssembly backend.
export { WasmBackend } from "./backend.ts";
export type { WasmOptions } from "./module.ts";
