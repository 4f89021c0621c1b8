// The public name of the reference backend.
export { ReferenceBackend } from "./backend.ts";
