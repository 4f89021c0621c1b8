// The public names of the native backend. `tatamijs-native/register` is the way to use it without naming it.
export { NativeBackend, type NativeOptions } from "./backend.ts";
export { type NativeStatus, nativeStatus } from "./status.ts";
