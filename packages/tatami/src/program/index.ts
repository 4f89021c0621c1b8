// The public names of program/: what a backend gets to run.
export { tableDigest } from "./digest.ts";
export {
  type ElementwiseName,
  elementwiseNames,
  elementwiseTable,
  instructionWords,
  maximumRegisters,
} from "./elementwise.ts";
export {
  type FieldKind,
  isBufferKind,
  type KernelArguments,
  type KernelName,
  type KernelTable,
  kernelNames,
  kernelTable,
} from "./kernel-table.ts";
export {
  alignment,
  type BufferRef,
  type KernelCall,
  type PlacedCall,
  type PlacedRef,
  type Program,
  type Segment,
  type Tiling,
} from "./program.ts";
export { type Phase, phasesOf } from "./phases.ts";
