// How the reference kernels receive a call: the fields of the kernel table, with typed arrays for buffers. `in:word` and
// `out:word` buffers come as Int32Array, whatever they hold.
import type { KernelArguments, KernelName } from "../../program/kernel-table.ts";

export type Arguments<Name extends KernelName> = KernelArguments<Name, Float32Array, Int32Array>;
