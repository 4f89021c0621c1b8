// A Program as backends run it: phases one after the other, each of one or more lanes that may run side by side. Threads
// cannot change a bit: where lanes add up (tiled segments) or a kernel may choose its way by the number of its rows
// (convolutions), there are as many as the Program says; other calls are cut for the threads there are, which is safe
// because their rows are computed alike in whatever company.
import { type FieldKind, isBufferKind, kernelTable } from "./kernel-table.ts";
import type { BufferRef, KernelCall, PlacedCall, PlacedRef, Program, Segment, Tiling } from "./program.ts";
import { type RowBytes, type Rows, rowsOf } from "./rows.ts";

/** Lists of calls; every list runs in order, and all end before the next phase begins. */
export interface Phase {
  readonly lanes: readonly (readonly PlacedCall[])[];
}

/** Into how many shares convolutions outside of tiled segments are cut. */
const convolutionShares = 8;

/** Bytes of reading and writing from which a call is cut: below it the threads' meeting costs more than it saves. */
const worthSharing = 64 * 1024;

/** @param threads that will run it, at least 1 */
export function phasesOf(program: Program, threads: number): Phase[] {
  const phases: Phase[] = [];
  let alone: PlacedCall[] = [];
  const endAlone = (): void => {
    if (alone.length > 0) phases.push({ lanes: [alone] });
    alone = [];
  };
  for (const segment of program.segments) {
    if (segment.tiling !== null) {
      endAlone();
      phases.push(tiledPhase(segment, segment.tiling));
      continue;
    }
    for (const call of segment.calls) {
      const lanes = shareRows(call, call.kernel.startsWith("conv2d") ? convolutionShares : threads);
      if (lanes === null) {
        alone.push(call as PlacedCall);
      } else {
        endAlone();
        phases.push({ lanes });
      }
    }
  }
  endAlone();
  return phases;
}

/** All calls in an order in which one thread can run them. */
export function callsOf(program: Program): PlacedCall[] {
  return phasesOf(program, 1).flatMap(({ lanes }) => lanes.flat());
}

/** Share `index` of `count` things cut into `parts`, the first ones larger where it does not divide. */
function share(count: number, parts: number, index: number): { from: number; count: number } {
  const from = Math.ceil((count * index) / parts);
  return { from, count: Math.ceil((count * (index + 1)) / parts) - from };
}

function tiledPhase({ calls }: Segment, { samples, tile, lanes }: Tiling): Phase {
  const work = calls.map((call) => ({ call, rows: rowsOf(call)! }));
  return {
    lanes: Array.from({ length: lanes }, (_, lane) => {
      const { from, count } = share(samples, lanes, lane);
      const list: PlacedCall[] = [];
      // tiles of much the same size: one of a single sample would cost as much as a larger one
      const tiles = Math.ceil(count / tile);
      for (let number = 0; number < tiles; number++) {
        const { from: done, count: taken } = share(count, tiles, number);
        for (const { call, rows } of work) {
          const perSample = rows.count / samples;
          list.push(part(call, rows, (from + done) * perSample, taken * perSample, lane, done > 0));
        }
      }
      return list;
    }),
  };
}

/** A call cut into shares of its rows, or null where it is too small or cannot be cut. */
function shareRows(call: KernelCall, most: number): PlacedCall[][] | null {
  const rows = rowsOf(call);
  const shares = Math.min(most, rows?.count ?? 1);
  if (rows === null || shares === 1 || bytesOf(call) < worthSharing) return null;
  if (Object.values(rows.bytes).flat().includes("sum")) return null;
  return Array.from({ length: shares }, (_, index) => {
    const { from, count } = share(rows.count, shares, index);
    return [part(call, rows, from, count, 0, false)];
  });
}

/** The call for some of its rows. */
function part(call: KernelCall, rows: Rows, from: number, count: number, lane: number, more: boolean): PlacedCall {
  const bytes = rows.bytes as Readonly<Record<string, RowBytes | readonly RowBytes[]>>;
  const moved = mapBuffers(call, (ref, field, index): PlacedRef => {
    const entry = bytes[field]!;
    const step = typeof entry === "object" ? entry[index]! : entry;
    if (ref.space === "lane") return { space: "arena", offset: ref.offset + lane * ref.stride, bytes: ref.bytes };
    if (step === 0 || step === "sum") return ref;
    // rows that lie between each other, as the columns of a matrix do, share what is left of the buffer
    const apart = step * rows.count === ref.bytes;
    return { ...ref, offset: ref.offset + from * step, bytes: apart ? count * step : ref.bytes - from * step };
  });
  return { ...call, arguments: { ...moved, ...rows.resized(count, more) } } as PlacedCall;
}

function mapBuffers(
  call: KernelCall,
  map: (ref: BufferRef, field: string, index: number) => BufferRef,
): Record<string, unknown> {
  const kinds: Readonly<Record<string, FieldKind>> = kernelTable[call.kernel];
  return Object.fromEntries(
    Object.entries(call.arguments).map(([field, value]) => {
      const kind = kinds[field]!;
      if (kind === "ins" || kind === "outs") {
        return [field, (value as BufferRef[]).map((ref, index) => map(ref, field, index))];
      }
      return [field, isBufferKind(kind) && value !== null ? map(value as BufferRef, field, 0) : value];
    }),
  );
}

function bytesOf(call: KernelCall): number {
  let total = 0;
  mapBuffers(call, (ref) => {
    total += ref.bytes;
    return ref;
  });
  return total;
}
