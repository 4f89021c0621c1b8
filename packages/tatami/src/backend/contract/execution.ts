// Runs one kernel call on a backend, the way compiled programs do: buffers bound outside or placed in the arena.
import type { KernelName } from "../../program/kernel-table.ts";
import { type FieldKind, kernelTable, writes } from "../../program/kernel-table.ts";
import { alignment, type PlacedCall, type PlacedRef, type Program, type Tiling } from "../../program/program.ts";
import { type RowBytes, rowsOf } from "../../program/rows.ts";
import type { TypedArray } from "../../shape/dtype.ts";
import { type Backend, type BackendBuffer, upload } from "../backend.ts";
import type { Arguments } from "../reference/arguments.ts";
import { buffersOf, mapBuffers } from "./contract-case.ts";

export interface Outcome {
  /** the number of the guard that stopped the program, or -1 */
  readonly stoppedBy: number;
  /** the written buffers, in the order of the kernel table */
  readonly written: readonly TypedArray[];
}

/** Where the call's buffers lie. In the arena they are copied in from external ones by the program itself. */
export type Placement = "external" | "arena";

export async function execute(
  backend: Backend,
  kernel: KernelName,
  call: Arguments<KernelName>,
  placement: Placement,
  tiling: Tiling | null = null,
): Promise<Outcome> {
  const arrays = [...new Set(buffersOf(kernel, call, () => true))];
  const external = arrays.map(
    ({ byteLength }, index): PlacedRef => ({ space: "external", index, offset: 0, bytes: byteLength }),
  );
  const { refs, arenaBytes } = placement === "arena" ? inArena(arrays) : { refs: external, arenaBytes: 0 };
  const refOf = (array: TypedArray): PlacedRef => refs[arrays.indexOf(array)];
  const staging = placement === "arena" ? refs.map((ref, index) => copyCall(external[index], ref)) : [];
  const toRun = { kernel, arguments: mapBuffers(kernel, call, refOf), label: kernel } as unknown as PlacedCall;
  const outputs = buffersOf(kernel, call, writes);
  const program: Program = {
    segments: [
      { calls: staging, tiling: null },
      { calls: [toRun], tiling },
    ],
    arenaBytes,
    externalBytes: arrays.map(({ byteLength }) => byteLength),
    outputs: outputs.map(refOf),
  };

  const buffers = arrays.map(({ byteLength }) => backend.allocate(byteLength));
  try {
    arrays.forEach((array, index) => {
      upload(backend, buffers[index], array);
    });
    return await runOnce(backend, program, buffers, outputs);
  } finally {
    for (const buffer of buffers) backend.free(buffer);
  }
}

async function runOnce(
  backend: Backend,
  program: Program,
  buffers: readonly BackendBuffer[],
  outputs: readonly TypedArray[],
): Promise<Outcome> {
  const executable = backend.load(program, buffers);
  try {
    const guard = await executable.run();
    const written = outputs.map((array, index) => {
      const values = executable.output(index).slice();
      return array instanceof Int32Array ? new Int32Array(values.buffer) : values;
    });
    return { stoppedBy: guard, written };
  } finally {
    executable.dispose();
  }
}

/**
 * A way to compute the call's rows apart from each other, or null where they are not: rows that add up, and convolutions,
 * which choose their way by the number of images.
 */
export function rowByRow(kernel: KernelName, call: Arguments<KernelName>): Tiling | null {
  const rows = kernel.startsWith("conv2d") ? null : rowsOf({ kernel, arguments: call });
  if (rows === null || rows.count < 2) return null;
  const steps = rows.bytes as unknown as Readonly<Record<string, RowBytes | readonly RowBytes[]>>;
  const kinds: Readonly<Record<string, FieldKind>> = kernelTable[kernel];
  const arrays = buffersOf(kernel, call, () => true);
  // what lies in two places at once, or has rows that are not all of it
  const apart = Object.entries(steps).every(([field, step]) =>
    [step].flat().every((bytes, index) => {
      const array = [(call as unknown as Record<string, TypedArray | TypedArray[] | null>)[field]].flat()[index];
      if (array === null || array === undefined) return true;
      return bytes === 0 ? !writes(kinds[field]!) : bytes !== "sum" && bytes * rows.count === array.byteLength;
    }),
  );
  if (!apart || new Set(arrays).size < arrays.length) return null;
  return { samples: rows.count, tile: Math.ceil(rows.count / 5), lanes: 2 };
}

/** Places every array at its own aligned offset, the first one not at 0. */
function inArena(arrays: readonly TypedArray[]): { refs: PlacedRef[]; arenaBytes: number } {
  let offset = alignment;
  const refs = arrays.map(({ byteLength }): PlacedRef => {
    const ref: PlacedRef = { space: "arena", offset, bytes: byteLength };
    offset += Math.ceil(byteLength / alignment) * alignment;
    return ref;
  });
  return { refs, arenaBytes: offset };
}

/** A call that copies all words of one buffer to another. */
export function copyCall(x: PlacedRef, out: PlacedRef): PlacedCall {
  const fields = { shape: [x.bytes / 4], xStrides: [1], outStrides: [1], xOffset: 0, outOffset: 0 };
  return { kernel: "copy", arguments: { x, out, ...fields }, label: "copy" };
}
