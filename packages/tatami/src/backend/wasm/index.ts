// The public names of the WebAssembly backend.
/** @module tatamijs/backend/wasm */
export { WasmBackend } from "./backend.ts";
export type { WasmOptions } from "./module.ts";
