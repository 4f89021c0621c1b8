// A Program: segments of kernel calls over one arena and a few external buffers. Plain data, made by compile/ and run by
// a backend; it knows neither the graph it came from nor who will run it.
import type { KernelArguments, KernelName } from "./kernel-table.ts";

/** A piece of memory at one place: `bytes` from `offset` of the arena, or of the external buffer number `index`. */
export type PlacedRef =
  | { readonly space: "arena"; readonly offset: number; readonly bytes: number }
  | { readonly space: "external"; readonly index: number; readonly offset: number; readonly bytes: number };

/** Or a copy for each lane of a tiled segment, `stride` bytes apart, the first at `offset` of the arena. */
export type BufferRef =
  | PlacedRef
  | { readonly space: "lane"; readonly offset: number; readonly stride: number; readonly bytes: number };

type CallOver<Ref> = {
  [Name in KernelName]: {
    readonly kernel: Name;
    readonly arguments: KernelArguments<Name, Ref, Ref>;
    /** for people: what the call computes, e.g. `conv2d + bias + relu [100, 30, 24, 24]` */
    readonly label: string;
  };
}[KernelName];

export type KernelCall = CallOver<BufferRef>;

/** A call as a backend runs it. */
export type PlacedCall = CallOver<PlacedRef>;

/**
 * How a segment goes through its samples: `lanes` shares of them side by side, each `tile` samples at a time. "threads": as
 * many lanes as there are threads, each all of its samples at once; nothing is added up, so that no number depends on them.
 */
export type Tiling =
  | { readonly samples: number; readonly tile: number; readonly lanes: number }
  | { readonly samples: number; readonly lanes: "threads" };

/**
 * Calls that run one after the other. Tiled, every lane takes a few samples through all of the calls before the next few,
 * while they are in cache; the calls are written here as if all samples were one tile, but "lane" buffers hold one tile.
 */
export interface Segment {
  readonly calls: readonly KernelCall[];
  readonly tiling: Tiling | null;
}

export interface Program {
  readonly segments: readonly Segment[];
  /** bytes of temporaries, shared by liveness */
  readonly arenaBytes: number;
  /** bytes of each external buffer (parameters, slots, inputs, constants), in the order they are bound */
  readonly externalBytes: readonly number[];
  /** where the results lie after a run */
  readonly outputs: readonly PlacedRef[];
}

/** Every buffer's offset is a multiple of this, so that any vector width loads aligned. */
export const alignment = 64;
