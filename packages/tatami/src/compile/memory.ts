// Last pass: gives every temporary a place in one arena. Buffers that are never alive together share bytes; an
// elementwise result takes over the place of an operand that dies with it; what lives only inside a tiled segment takes
// the room of one tile for each lane.
import { type FieldKind, isBufferKind, kernelTable } from "../program/kernel-table.ts";
import {
  alignment,
  type BufferRef,
  type KernelCall,
  type PlacedRef,
  type Segment,
  type Tiling,
} from "../program/program.ts";
import { rowsOf } from "../program/rows.ts";
import type { VirtualBuffer, VirtualCall } from "./lowering.ts";
import { type Touch, touchesOf, type VirtualSegment } from "./segments.ts";

export interface Placement {
  readonly segments: Segment[];
  readonly arenaBytes: number;
  readonly outputs: PlacedRef[];
}

/** Some buffers at one place, alive from time `first` to time `last`. */
interface Block {
  bytes: number;
  first: number;
  last: number;
  offset: number;
}

/** The lifetimes of buffers in the order they come to life. */
type Blocks = Map<VirtualBuffer, Block>;

/** `outputs` stay alive to the end. */
export function placeBuffers(segments: readonly VirtualSegment[], outputs: readonly VirtualBuffer[]): Placement {
  const local = localBuffers(segments, outputs);
  const lanes = new Map(segments.map((segment) => [segment, placeLanes(segment, local)]));
  const { blocks, laneBlocks } = liveBlocks(segments, outputs, local, lanes);
  const arenaBytes = assignOffsets([...new Set([...blocks.values(), ...laneBlocks.values()])]);

  const refOf = (buffer: VirtualBuffer, segment: VirtualSegment | null): BufferRef => {
    const { bytes, external } = buffer;
    if (external !== null) return { space: "external", index: external, offset: 0, bytes };
    const inLane = segment === null ? undefined : lanes.get(segment)!.blocks.get(buffer);
    if (inLane !== undefined) {
      const offset = laneBlocks.get(segment!)!.offset + inLane.offset;
      return { space: "lane", offset, stride: lanes.get(segment!)!.bytes, bytes: inLane.bytes };
    }
    const { offset } = blocks.get(buffer)!;
    const { copies = 1 } = buffer;
    return copies > 1 && segment?.tiling
      ? { space: "lane", offset, stride: bytes, bytes }
      : { space: "arena", offset, bytes: bytes * copies };
  };
  const place = (call: VirtualCall, segment: VirtualSegment): KernelCall => {
    const kinds: Readonly<Record<string, FieldKind>> = kernelTable[call.kernel];
    const entries = Object.entries(call.arguments).map(([field, value]) => {
      const kind = kinds[field]!;
      if (kind === "ins" || kind === "outs") {
        return [field, (value as VirtualBuffer[]).map((buffer) => refOf(buffer, segment))];
      }
      return [field, isBufferKind(kind) && value !== null ? refOf(value as VirtualBuffer, segment) : value];
    });
    return { kernel: call.kernel, arguments: Object.fromEntries(entries), label: call.label } as KernelCall;
  };
  return {
    segments: segments.map((segment) => ({
      calls: segment.calls.map((call) => place(call, segment)),
      tiling: segment.tiling,
    })),
    arenaBytes,
    outputs: outputs.map((buffer) => refOf(buffer, null) as PlacedRef),
  };
}

function buffersOf(call: VirtualCall): Touch[] {
  return touchesOf(call, rowsOf(call));
}

/** Temporaries that one tiled segment alone touches, sample by sample: they need room for a tile only. */
function localBuffers(segments: readonly VirtualSegment[], outputs: readonly VirtualBuffer[]): Set<VirtualBuffer> {
  const home = new Map<VirtualBuffer, VirtualSegment | null>();
  for (const segment of segments) {
    for (const { buffer, step } of segment.calls.flatMap(buffersOf)) {
      const apart = isCut(segment.tiling) && typeof step === "number" && step > 0;
      const known = home.get(buffer);
      home.set(buffer, apart && (known === undefined || known === segment) ? segment : null);
    }
  }
  for (const buffer of outputs) home.set(buffer, null);
  return new Set([...home].flatMap(([buffer, segment]) => (segment && buffer.external === null ? [buffer] : [])));
}

interface LanePlacement {
  readonly blocks: Blocks;
  /** of one lane */
  readonly bytes: number;
}

function placeLanes({ calls, tiling }: VirtualSegment, local: ReadonlySet<VirtualBuffer>): LanePlacement {
  const blocks: Blocks = new Map();
  if (!isCut(tiling)) return { blocks, bytes: 0 };
  calls.forEach((call, time) => {
    for (const { buffer } of buffersOf(call)) {
      if (local.has(buffer)) extend(blocks, buffer, tiledBytes(buffer, tiling), time);
    }
  });
  calls.forEach((call, time) => {
    takeOver(blocks, call, time);
  });
  return { blocks, bytes: assignOffsets([...new Set(blocks.values())]) };
}

/** A tiling whose lanes have memory of their own, a tile's. */
type CutTiling = Extract<Tiling, { tile: number }>;

function isCut(tiling: Tiling | null): tiling is CutTiling {
  return tiling !== null && tiling.lanes !== "threads";
}

function tiledBytes({ bytes }: VirtualBuffer, { samples, tile }: CutTiling): number {
  return (bytes / samples) * tile;
}

function extend(blocks: Blocks, buffer: VirtualBuffer, bytes: number, time: number): void {
  const block = blocks.get(buffer);
  if (block === undefined) blocks.set(buffer, { bytes, first: time, last: time, offset: 0 });
  else block.last = Math.max(block.last, time);
}

/** What other lanes may still read when one lane has got on. */
function readWhole({ calls }: VirtualSegment): Set<VirtualBuffer> {
  const touches = calls.flatMap(buffersOf);
  return new Set(touches.flatMap(({ buffer, step }) => (typeof step === "number" && step > 0 ? [] : [buffer])));
}

const none: ReadonlySet<VirtualBuffer> = new Set();

/** Lets an output live where an input lived that dies in the same call, unless it is one of `kept`. */
function takeOver(blocks: Blocks, call: VirtualCall, time: number, kept = none): void {
  for (const { output, input } of call.inPlace) {
    if (kept.has(input)) continue;
    const into = blocks.get(input);
    const block = blocks.get(output);
    if (into === undefined || block === undefined || into === block) continue;
    if (into.last !== time || block.first !== time || into.bytes !== block.bytes) continue;
    into.last = block.last;
    for (const [buffer, other] of blocks) if (other === block) blocks.set(buffer, into);
  }
}

/** Segments in whose lanes samples pass through all calls at different times: what one holds is alive throughout. */
function liveBlocks(
  segments: readonly VirtualSegment[],
  outputs: readonly VirtualBuffer[],
  local: ReadonlySet<VirtualBuffer>,
  lanes: ReadonlyMap<VirtualSegment, LanePlacement>,
): { blocks: Blocks; laneBlocks: Map<VirtualSegment, Block> } {
  const blocks: Blocks = new Map();
  const laneBlocks = new Map<VirtualSegment, Block>();
  const moments: { call: VirtualCall; time: number; whole: ReadonlySet<VirtualBuffer> }[] = [];
  const shared: { first: number; last: number }[] = [];
  let time = 0;
  for (const segment of segments) {
    const first = time;
    const whole = segment.tiling === null ? none : readWhole(segment);
    for (const call of segment.calls) {
      for (const { buffer } of buffersOf(call)) {
        if (buffer.external === null && !local.has(buffer)) {
          extend(blocks, buffer, buffer.bytes * (buffer.copies ?? 1), time);
        }
      }
      if (!isCut(segment.tiling)) moments.push({ call, time: time++, whole });
    }
    if (isCut(segment.tiling)) {
      const bytes = lanes.get(segment)!.bytes * segment.tiling.lanes;
      laneBlocks.set(segment, { bytes, first: time, last: time, offset: 0 });
      time++;
    } else if (segment.tiling !== null) shared.push({ first, last: time - 1 });
  }
  for (const buffer of outputs) {
    const block = blocks.get(buffer);
    if (block !== undefined) block.last = time;
  }
  for (const { call, time, whole } of moments) takeOver(blocks, call, time, whole);
  for (const span of shared) stayAlive(blocks, span);
  return { blocks, laneBlocks };
}

/**
 * Gives the blocks of a segment that threads share the whole of its time. Before that, those of one size that come to life
 * in it one after the other become one: a sample lies at the same place of each, so that lanes stay apart.
 */
function stayAlive(blocks: Blocks, { first, last }: { first: number; last: number }): void {
  const inside = [...new Set(blocks.values())].filter((block) => block.first <= last && block.last >= first);
  const own = inside.filter((block) => block.first >= first).sort((a, b) => a.first - b.first);
  const kept: Block[] = [];
  const into = new Map<Block, Block>();
  for (const block of own) {
    const before = kept.find((other) => other.bytes === block.bytes && other.last < block.first);
    if (before === undefined) kept.push(block);
    else {
      before.last = block.last;
      into.set(block, before);
    }
  }
  for (const [buffer, block] of blocks) blocks.set(buffer, into.get(block) ?? block);
  for (const block of inside) {
    block.first = Math.min(block.first, first);
    block.last = Math.max(block.last, last);
  }
}

/** Largest first, each at the lowest place where nothing alive at the same time lies. Returns the bytes it takes. */
function assignOffsets(blocks: Block[]): number {
  const placed: Block[] = [];
  let total = 0;
  for (const block of blocks.sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = placed
      .filter((other) => other.first <= block.last && block.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (offset + block.bytes <= rival.offset) break;
      offset = Math.max(offset, align(rival.offset + rival.bytes));
    }
    block.offset = offset;
    placed.push(block);
    total = Math.max(total, offset + align(block.bytes));
  }
  return total;
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
