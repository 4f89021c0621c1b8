// A Program as backends run it: phases one after the other, each of one or more lanes that may run side by side. Threads
// cannot change a bit: where lanes add up (tiled segments) or a kernel may choose its way by the number of its rows
// (convolutions), there are as many as the Program says; other calls are cut for the threads there are, which is safe
// because their rows are computed alike in whatever company.
import { type FieldKind, isBufferKind, kernelTable, writes } from "./kernel-table.ts";
import type { BufferRef, KernelCall, PlacedCall, PlacedRef, Program } from "./program.ts";
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
  const phases = new Phases(threads);
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

function refsOf(call: KernelCall): { ref: BufferRef; written: boolean }[] {
  const refs: { ref: BufferRef; written: boolean }[] = [];
  mapBuffers(call, (ref, field) => {
    refs.push({ ref, written: writes(kernelTable[call.kernel][field as never] as FieldKind) });
    return ref;
  });
  return refs;
}

function bytesOf(call: KernelCall): number {
  return refsOf(call).reduce((total, { ref }) => total + ref.bytes, 0);
}

/** About how long a call takes, in bytes that are read or written meanwhile. */
function costOf(call: KernelCall): number {
  if (call.kernel !== "matmul") return bytesOf(call);
  const { batch, m, n, k } = call.arguments;
  return bytesOf(call) + (batch * m * n * k) / 2;
}

/** Bytes that are touched: from `start` to `end` of the arena or of an external buffer. */
interface Range {
  readonly buffer: number;
  readonly start: number;
  readonly end: number;
  readonly written: boolean;
}

const arena = -1;

function rangesOf(calls: readonly KernelCall[]): Range[] {
  return calls.flatMap(refsOf).map(({ ref, written }) => {
    const start = ref.offset;
    return { buffer: ref.space === "external" ? ref.index : arena, start, end: start + ref.bytes, written };
  });
}

function collide(some: readonly Range[], others: readonly Range[]): boolean {
  return some.some((a) =>
    others.some((b) => a.buffer === b.buffer && a.start < b.end && b.start < a.end && (a.written || b.written)),
  );
}

/**
 * Phases in the making. Calls that do not depend on each other come together in one, so that threads meet seldom: whole calls
 * in the lane that has least to do, or in that of the one call which they depend on.
 */
class Phases {
  readonly #threads: number;
  readonly #phases: Phase[] = [];
  /** of the phase in the making */
  #lanes: PlacedCall[][] = [];
  #costs: number[] = [];
  /** what is in it, and in which lane; null: in several */
  #entries: { ranges: readonly Range[]; lane: number | null }[] = [];
  /** Guards that will run in their order, on one thread and before anything is updated. */
  #guards: { calls: PlacedCall[]; ranges: Range[] } = { calls: [], ranges: [] };

  constructor(threads: number) {
    this.#threads = threads;
    this.#begin();
  }

  /** Calls, and the lanes that they are shared out to. */
  add(calls: readonly KernelCall[], lanes: readonly (readonly PlacedCall[])[]): void {
    if (this.#threads === 1) {
      this.#addTo(0, lanes[0]!);
      return;
    }
    const ranges = rangesOf(calls);
    const updates = ranges.some(({ buffer, written }) => written && buffer !== arena);
    if (this.#guards.calls.length > 0 && (updates || collide(ranges, this.#guards.ranges))) this.#endWithGuards();
    const before = this.#entries.filter((entry) => collide(ranges, entry.ranges)).map(({ lane }) => lane);
    const only = before[0] ?? null;
    const together =
      before.length === 0 || (lanes.length === 1 && only !== null && before.every((lane) => lane === only));
    if (!together) this.#end();
    const wanted = together && lanes.length === 1 ? only : null;
    const idlest = this.#byCost();
    for (const [index, list] of lanes.entries()) this.#addTo(wanted ?? idlest[index]!, list);
    this.#entries.push({ ranges, lane: lanes.length > 1 ? null : (wanted ?? idlest[0]!) });
  }

  addGuard(call: PlacedCall): void {
    if (this.#threads === 1) {
      this.#addTo(0, [call]);
      return;
    }
    this.#guards.calls.push(call);
    this.#guards.ranges.push(...rangesOf([call]));
  }

  /** A phase of its own. */
  addApart(lanes: readonly (readonly PlacedCall[])[]): void {
    this.#endWithGuards();
    this.#phases.push({ lanes });
  }

  end(): Phase[] {
    this.#endWithGuards();
    return this.#phases;
  }

  #addTo(lane: number, calls: readonly PlacedCall[]): void {
    this.#lanes[lane]!.push(...calls);
    this.#costs[lane]! += calls.reduce((total, call) => total + costOf(call), 0);
  }

  /** the lanes, that with least to do first */
  #byCost(): number[] {
    return this.#costs.map((_, lane) => lane).sort((a, b) => this.#costs[a]! - this.#costs[b]! || a - b);
  }

  #end(): void {
    const lanes = this.#lanes.filter((list) => list.length > 0);
    if (lanes.length > 0) this.#phases.push({ lanes });
    this.#begin();
  }

  #begin(): void {
    this.#lanes = Array.from({ length: this.#threads }, () => []);
    this.#costs = new Array(this.#threads).fill(0);
    this.#entries = [];
  }

  #endWithGuards(): void {
    this.#end();
    const { calls } = this.#guards;
    if (calls.length > 0) this.#phases.push({ lanes: [calls] });
    this.#guards = { calls: [], ranges: [] };
  }
}
