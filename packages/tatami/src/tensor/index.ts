// The public names of tensor/: the handle with its methods, variables, and the ways to compute.
import "../devices.ts";
import "./methods.ts";

export type { Backend, BackendBuffer, Executable } from "../backend/backend.ts";
export { Tensor } from "../graph/tensor.ts";
export {
  type CheckGradientsOptions,
  checkGradients,
  type Derivative,
  type GradientReport,
} from "./check-gradients.ts";
export { CompiledFunction, type CompileOptions, compile, PreparedFunction, traceFunction } from "./compiled.ts";
export {
  backend,
  backendNames,
  type BackendLoader,
  type BackendOptions,
  type RegisterOptions,
  registerBackend,
  setBackend,
} from "./device.ts";
export { type ComputeOptions, compute } from "./compute.ts";
export { precisions, setPrecision } from "./precision.ts";
export { guardFinite, Variable } from "./variable.ts";
