// A Program as backends run it: phases one after the other, each of one or more lanes that may run side by side. How many
// lanes there are follows from the Program alone, never from the number of threads, so threads cannot change a bit.
import { type FieldKind, isBufferKind, kernelTable } from "./kernel-table.ts";
import type { BufferRef, KernelCall, PlacedCall, PlacedRef, Program, Segment, Tiling } from "./program.ts";
import { type RowBytes, type Rows, rowsOf } from "./rows.ts";

/** Lists of calls; every list runs in order, and all end before the next phase begins. */
export interface Phase {
  readonly lanes: readonly (readonly PlacedCall[])[];
}

/**
 * Into how many shares a call is cut that reads and writes so many bytes: below the least of them the threads' meeting
 * costs more than it saves, and small calls in many shares fill their tiles badly.
 */
const sharings = [
  { bytes: 256 * 1024, shares: 8 },
  { bytes: 96 * 1024, shares: 4 },
];

export function phasesOf(program: Program): Phase[] {
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
      const lanes = shareRows(call);
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
  return phasesOf(program).flatMap(({ lanes }) => lanes.flat());
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
      for (let done = 0; done < count; done += tile) {
        const taken = Math.min(tile, count - done);
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
function shareRows(call: KernelCall): PlacedCall[][] | null {
  const rows = rowsOf(call);
  const total = bytesOf(call);
  const shares = sharings.find(({ bytes }) => total >= bytes)?.shares;
  if (rows === null || shares === undefined || rows.count < shares) return null;
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
    return { ...ref, offset: ref.offset + from * step, bytes: Math.min(count * step, ref.bytes) };
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
