// The public names for who writes a backend: the interface, and programs as the words the C kernels read.
export { type Backend, type BackendBuffer, type Executable, upload } from "./backend.ts";
export { relocate, type SerializedProgram, serialize } from "./serialize.ts";
export { availableThreads, mostThreads, threadsOption } from "./threads.ts";
