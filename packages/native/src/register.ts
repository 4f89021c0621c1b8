// Side effect: makes native the backend that Tatami takes by itself, where it runs. Where it does not, nothing changes,
// and nativeStatus() says why.
import { registerBackend } from "tatamijs/tensor";
import { NativeBackend } from "./backend.ts";
import { nativeStatus } from "./status.ts";

if (nativeStatus().available) {
  registerBackend("native", async (options) => NativeBackend.create(options), { preferred: true });
}

export { type NativeStatus, nativeStatus } from "./status.ts";
