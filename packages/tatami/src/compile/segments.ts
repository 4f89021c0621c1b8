// Fifth pass: gathers calls that treat samples apart into segments. Those with convolutions run depth first, a few images
// through all of the calls at a time; those with the products of dense layers are shared by the threads, who meet at the end
// instead of after every call. Everything over the whole batch (the loss's mean, the gradients of dense weights, the
// optimiser) stays between.
import { type FieldKind, isBufferKind, kernelTable, reads, writes } from "../program/kernel-table.ts";
import type { Tiling } from "../program/program.ts";
import { type RowBytes, type Rows, rowsOf } from "../program/rows.ts";
import { elementBytes } from "../shape/dtype.ts";
import type { VirtualBuffer, VirtualCall } from "./lowering.ts";

export interface VirtualSegment {
  readonly calls: readonly VirtualCall[];
  readonly tiling: Tiling | null;
}

/** Side by side shares of a batch: enough for as many threads, few enough that adding up their gradients costs little. */
const lanes = 4;

/**
 * What a tile of samples may take: a part of a third-level cache, or as much as the filters and their gradients, which come
 * by once for every tile. Smaller tiles prepare filters too often.
 */
const tileBytes = 2 * 1024 * 1024;

/** A buffer that a call touches, and how its rows lie in it. */
export interface Touch {
  readonly field: string;
  readonly index: number;
  readonly buffer: VirtualBuffer;
  readonly read: boolean;
  readonly written: boolean;
  /** null where the call has no rows */
  readonly step: RowBytes | null;
}

export function touchesOf(call: VirtualCall, rows: Rows | null): Touch[] {
  const kinds: Readonly<Record<string, FieldKind>> = kernelTable[call.kernel];
  const bytes = rows?.bytes as Readonly<Record<string, RowBytes | readonly RowBytes[]>> | undefined;
  return Object.entries(call.arguments).flatMap(([field, value]) => {
    const kind = kinds[field]!;
    if (value === null || !(isBufferKind(kind) || kind === "ins" || kind === "outs")) return [];
    return ([value].flat() as VirtualBuffer[]).map((buffer, index) => {
      const entry = bytes?.[field];
      const step = entry === undefined ? null : typeof entry === "object" ? entry[index]! : entry;
      return { field, index, buffer, read: reads(kind), written: writes(kind), step };
    });
  });
}

export function makeSegments(calls: readonly VirtualCall[]): VirtualSegment[] {
  const samples = batchOf(calls);
  const nodes = calls.map((call, order) => workOf(call, order, samples));
  leaveUnrelated(nodes);
  orderHazards(nodes);
  lookAhead(nodes);

  const ready = nodes.filter((node) => node.waiting === 0);
  const segments: VirtualSegment[] = [];
  const take = (index: number): Work => {
    const [work] = ready.splice(index, 1);
    for (const user of work!.users) if (--user.waiting === 0) ready.push(user);
    return work!;
  };
  let whole: VirtualCall[] = [];
  while (ready.length > 0) {
    const next = earliest(ready, (work) => !work.tiled);
    if (next >= 0) {
      whole.push(take(next).call);
      continue;
    }
    const together: Work[] = [];
    const touched: Touched = new Map();
    const gather = (accept: (work: Work) => boolean): void => {
      const joins = (work: Work): boolean => accept(work) && fits(work, touched);
      for (let index = earliest(ready, joins); index >= 0; index = earliest(ready, joins)) {
        together.push(take(index));
        touch(together.at(-1)!, touched);
      }
    };
    gather(({ call }) => !isProduct(call));
    if (!together.some(({ call }) => isConvolution(call))) {
      // what only convolutions wait for is better taken together with them
      gather(({ call, before }) => isProduct(call) || before.products || !before.convolutions);
      // nothing in the segment reads a sum
      const sums = together.filter(addsUp).map(({ call }) => call);
      const calls = together.filter((work) => !addsUp(work)).map(({ call }) => call);
      if (calls.length > 1) {
        if (whole.length > 0) segments.push({ calls: whole, tiling: null });
        segments.push({ calls, tiling: { samples, lanes: "threads" } });
        whole = sums;
      } else whole.push(...calls, ...sums);
      continue;
    }
    if (whole.length > 0) segments.push({ calls: whole, tiling: null });
    const { segment, sums } = tile(together, samples);
    segments.push(segment);
    whole = sums;
  }
  if (whole.length > 0) segments.push({ calls: whole, tiling: null });
  return segments;
}

interface Work {
  readonly call: VirtualCall;
  readonly order: number;
  /** whether it can be computed sample by sample */
  tiled: boolean;
  readonly touches: readonly Touch[];
  readonly users: Set<Work>;
  waiting: number;
  /** what comes after it and can be computed sample by sample too */
  before: { products: boolean; convolutions: boolean };
}

function isConvolution({ kernel }: VirtualCall): boolean {
  return kernel.startsWith("conv2d");
}

/** Products read their right matrix for all samples at once rather than for every tile. */
function isProduct({ kernel }: VirtualCall): boolean {
  return kernel === "matmul";
}

/**
 * The number of images the convolutions work on; 0 where they do not all work on as many. Without convolutions, the number
 * of rows that most products have.
 */
function batchOf(calls: readonly VirtualCall[]): number {
  const batches = new Set(
    calls.filter(isConvolution).map((call) => (call.arguments as unknown as { batch: number }).batch),
  );
  if (batches.size > 0) return batches.size === 1 ? [...batches][0]! : 0;
  const counts = new Map<number, number>([[0, 0]]);
  for (const call of calls.filter(isProduct)) {
    const count = rowsOf(call)?.count ?? 0;
    counts.set(count, (counts.get(count) ?? 0) + 1);
  }
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}

function workOf(call: VirtualCall, order: number, samples: number): Work {
  const rows = rowsOf(call);
  const touches = touchesOf(call, rows);
  const perSample = rows === null || samples < 2 ? 0 : rows.count / samples;
  const tiled =
    Number.isInteger(perSample) &&
    perSample > 0 &&
    touches.every(
      ({ buffer, step, written }) =>
        step === "sum" || (step === 0 && !written) || (step as number) * rows!.count === buffer.bytes,
    );
  const before = { products: false, convolutions: false };
  return { call, order, tiled, touches, users: new Set(), waiting: 0, before };
}

/** Rows that no convolution's images and no product's rows are connected with are something else, such as weights of as many rows. */
function leaveUnrelated(nodes: readonly Work[]): void {
  const rowsOfBuffer = ({ touches }: Work): VirtualBuffer[] =>
    touches.filter(({ step }) => typeof step === "number" && step > 0).map(({ buffer }) => buffer);
  const users = new Map<VirtualBuffer, Work[]>();
  for (const work of nodes) {
    if (work.tiled) for (const buffer of rowsOfBuffer(work)) users.set(buffer, [...(users.get(buffer) ?? []), work]);
  }
  const related = new Set(nodes.filter(({ call, tiled }) => tiled && (isConvolution(call) || isProduct(call))));
  for (const work of related) {
    for (const buffer of rowsOfBuffer(work)) {
      for (const user of users.get(buffer)!) related.add(user);
      users.set(buffer, []);
    }
  }
  for (const work of nodes) if (!related.has(work)) work.tiled = false;
}

/**
 * A call waits for the last writer of what it reads, and for the readers and the writer of what it overwrites; and if it
 * updates what outlives the program, for the guards before it, which may stop the program.
 */
function orderHazards(nodes: readonly Work[]): void {
  const writers = new Map<VirtualBuffer, Work[]>();
  const readers = new Map<VirtualBuffer, Work[]>();
  const guards: Work[] = [];
  for (const work of nodes) {
    const updates = work.touches.some(({ buffer, written }) => written && buffer.external !== null);
    const before = new Set<Work>(updates ? guards : []);
    if (work.call.kernel === "guard") guards.push(work);
    for (const { buffer, written } of work.touches) {
      for (const writer of writers.get(buffer) ?? []) before.add(writer);
      if (written) for (const reader of readers.get(buffer) ?? []) before.add(reader);
    }
    for (const { buffer, read, written } of work.touches) {
      if (written) writers.set(buffer, [...(writers.get(buffer) ?? []), work]);
      if (read) readers.set(buffer, [...(readers.get(buffer) ?? []), work]);
    }
    before.delete(work);
    for (const earlier of before) earlier.users.add(work);
    work.waiting = before.size;
  }
}

/** Users come later in the order, so that they know already. */
function lookAhead(nodes: readonly Work[]): void {
  for (const work of nodes.toReversed()) {
    for (const { call, tiled, before } of work.users) {
      work.before.products ||= before.products || (tiled && isProduct(call));
      work.before.convolutions ||= before.convolutions || (tiled && isConvolution(call));
    }
  }
}

function earliest(ready: readonly Work[], accept: (work: Work) => boolean): number {
  let best = -1;
  ready.forEach((work, index) => {
    if (accept(work) && (best < 0 || work.order < ready[best]!.order)) best = index;
  });
  return best;
}

/** The buffers of a segment's calls: whether any writes them, and whether any touches more of them than its own rows. */
type Touched = Map<VirtualBuffer, { written: boolean; whole: boolean }>;

/** Whether the samples are added up. */
function addsUp({ touches }: Work): boolean {
  return touches.some(({ step }) => step === "sum");
}

function isWhole(step: RowBytes | null): boolean {
  return step === 0 || step === "sum";
}

function touch({ touches }: Work, touched: Touched): void {
  for (const { buffer, written, step } of touches) {
    const before = touched.get(buffer);
    touched.set(buffer, {
      written: written || before?.written === true,
      whole: isWhole(step) || before?.whole === true,
    });
  }
}

/** Whether a call can join a segment: what one of its calls writes, all others touch in their own rows only. */
function fits({ tiled, touches }: Work, touched: Touched): boolean {
  return (
    tiled &&
    touches.every(({ buffer, written, step }) => {
      const before = touched.get(buffer);
      return before === undefined || !(before.written || written) || !(before.whole || isWhole(step));
    })
  );
}

/** The segment, and the calls that add up what its lanes have summed. */
function tile(together: readonly Work[], samples: number): { segment: VirtualSegment; sums: VirtualCall[] } {
  const count = Math.min(lanes, samples);
  const touches = together.flatMap(({ touches }) => touches);
  const perSample = bytesOf(touches.filter(({ step }) => step !== 0 && step !== "sum")) / samples;
  const filters = bytesOf(touches.filter(({ step }) => step === 0 || step === "sum"));
  const size = Math.max(1, Math.min(Math.ceil(samples / count), Math.round(Math.max(tileBytes, filters) / perSample)));
  const sums: VirtualCall[] = [];
  const calls = together.map(({ call, touches }) => {
    const sum = touches.find(({ step }) => step === "sum");
    if (sum === undefined) return call;
    const partial: VirtualBuffer = { bytes: sum.buffer.bytes, external: null, copies: count };
    const length = sum.buffer.bytes / elementBytes;
    sums.push({
      kernel: "reduce",
      arguments: {
        x: partial,
        out: sum.buffer,
        shape: [count, length],
        firstReduced: 1,
        operation: 0,
        scale: 1,
        accumulate: 0,
      },
      label: `sum of lanes: ${call.label}`,
      inPlace: [],
    });
    return { ...call, arguments: { ...call.arguments, [sum.field]: partial } } as VirtualCall;
  });
  return { segment: { calls, tiling: { samples, tile: size, lanes: count } }, sums };
}

function bytesOf(touches: readonly Touch[]): number {
  return [...new Set(touches.map(({ buffer }) => buffer))].reduce((total, { bytes }) => total + bytes, 0);
}
