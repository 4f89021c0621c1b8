// Which calls may run side by side, and which must wait for each other: phases out of a list of calls.
import { bytesOf, refsOf } from "./call-buffers.ts";
import type { KernelCall, PlacedCall } from "./program.ts";

/** Lists of calls; every list runs in order, and all end before the next phase begins. */
export interface Phase {
  readonly lanes: readonly (readonly PlacedCall[])[];
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
export class PhaseBuilder {
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
