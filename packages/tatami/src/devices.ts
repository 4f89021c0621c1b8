// Composition root: the backends this library brings, in order of preference. Each is loaded at its first use. Every entry
// point that hands out tensors imports this, so that no subpath works only beside another.
import { registerBackend } from "./tensor/device.ts";

registerBackend("wasm", async (options) => (await import("./backend/wasm/index.ts")).WasmBackend.create(options));
registerBackend("reference", async () => new (await import("./backend/reference/index.ts")).ReferenceBackend());
