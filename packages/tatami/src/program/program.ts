// A Program: a flat list of kernel calls over one arena and a few external buffers. Plain data, made by compile/ and run
// by a backend; it knows neither the graph it came from nor who will run it.
import type { KernelArguments, KernelName } from "./kernel-table.ts";

/** A piece of memory: bytes from `offset` of the arena, or the whole external buffer number `index`. */
export type BufferRef =
  | { readonly space: "arena"; readonly offset: number; readonly bytes: number }
  | { readonly space: "external"; readonly index: number; readonly bytes: number };

export type KernelCall = {
  [Name in KernelName]: {
    readonly kernel: Name;
    readonly arguments: KernelArguments<Name, BufferRef, BufferRef>;
    /** for people: what the call computes, e.g. `conv2d + bias + relu [100, 30, 24, 24]` */
    readonly label: string;
  };
}[KernelName];

export interface Program {
  readonly calls: readonly KernelCall[];
  /** bytes of temporaries, shared by liveness */
  readonly arenaBytes: number;
  /** bytes of each external buffer (parameters, slots, inputs, constants), in the order they are bound */
  readonly externalBytes: readonly number[];
  /** where the results lie after a run */
  readonly outputs: readonly BufferRef[];
}

/** Every buffer offset is a multiple of this, so that any vector width loads aligned. */
export const alignment = 64;
