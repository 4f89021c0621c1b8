// What stands for devices.ts in a bundle for browsers: without the reference backend, which is for reading and costs a
// page 4 kB. `registerBackend("reference", async () => new ReferenceBackend())` brings it, from
// tatamijs/backend/reference. package.json's "browser" says so.
import { registerBackend } from "./tensor/device.ts";

registerBackend("wasm", async (options) => (await import("./backend/wasm/index.ts")).WasmBackend.create(options));
