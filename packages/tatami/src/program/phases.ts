// A Program as backends run it: phases one after the other, each of one or more lanes that may run side by side. Threads
// cannot change a bit: where lanes add up (tiled segments) or a kernel may choose its way by the number of its rows
// (convolutions), there are as many as the Program says; other calls are cut for the threads there are, which is safe
// because their rows are computed alike in whatever company.
import { bytesOf, mapBuffers } from "./call-buffers.ts";
import { type Phase, PhaseBuilder } from "./phase-builder.ts";
import type { KernelCall, PlacedCall, PlacedRef, Program } from "./program.ts";
import { type RowBytes, type Rows, rowsOf } from "./rows.ts";

export type { Phase } from "./phase-builder.ts";

/** Into how many shares convolutions outside of tiled segments are cut. */
const convolutionShares = 8;

/** Bytes of reading and writing from which a call is cut: below it the threads' meeting costs more than it saves. */
const worthSharing = 64 * 1024;

/** @param threads that will run it, at least 1 */
export function phasesOf(program: Program, threads: number): Phase[] {
  const phases = new PhaseBuilder(threads);
  for (const { calls, tiling } of program.segments) {
    if (tiling !== null && tiling.lanes !== "threads") {
      phases.addApart(tiledLanes(calls, tiling.samples, tiling.tile, tiling.lanes));
    } else if (tiling !== null) {
      const lanes = worthMeeting(calls) ? Math.min(threads, tiling.samples) : 1;
      phases.add(calls, tiledLanes(calls, tiling.samples, tiling.samples, lanes));
    } else {
      for (const call of calls) {
        if (call.kernel === "guard") phases.addGuard(call as PlacedCall);
        else if (call.kernel.startsWith("conv2d")) phases.addApart(shareRows(call, convolutionShares));
        else phases.add([call], shareRows(call, threads));
      }
    }
  }
  return phases.end();
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

function tiledLanes(calls: readonly KernelCall[], samples: number, tile: number, lanes: number): PlacedCall[][] {
  const work = calls.map((call) => ({ call, rows: rowsOf(call)! }));
  return Array.from({ length: lanes }, (_, lane) => {
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
  });
}

function worthMeeting(calls: readonly KernelCall[]): boolean {
  return calls.reduce((total, call) => total + bytesOf(call), 0) >= worthSharing;
}

/** A call cut into shares of its rows, or as it is where it is too small or cannot be cut. */
function shareRows(call: KernelCall, most: number): PlacedCall[][] {
  const rows = rowsOf(call);
  const shares = Math.min(most, rows?.count ?? 1);
  const adds = rows !== null && Object.values(rows.bytes).flat().includes("sum");
  if (rows === null || adds || shares === 1 || !worthMeeting([call])) return [[call as PlacedCall]];
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
