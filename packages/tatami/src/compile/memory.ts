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
      const apart = segment.tiling !== null && typeof step === "number" && step > 0;
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
  if (tiling === null) return { blocks, bytes: 0 };
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

function tiledBytes({ bytes }: VirtualBuffer, { samples, tile }: Tiling): number {
  return (bytes / samples) * tile;
}

function extend(blocks: Blocks, buffer: VirtualBuffer, bytes: number, time: number): void {
  const block = blocks.get(buffer);
  if (block === undefined) blocks.set(buffer, { bytes, first: time, last: time, offset: 0 });
  else block.last = Math.max(block.last, time);
}

/** Lets an output live where an input lived that dies in the same call. */
function takeOver(blocks: Blocks, call: VirtualCall, time: number): void {
  for (const { output, input } of call.inPlace) {
    const into = blocks.get(input);
    const block = blocks.get(output);
    if (into === undefined || block === undefined || into === block) continue;
    if (into.last !== time || block.first !== time || into.bytes !== block.bytes) continue;
    into.last = block.last;
    for (const [buffer, other] of blocks) if (other === block) blocks.set(buffer, into);
  }
}

/** A tiled segment is one moment: its samples pass through all of its calls at different times. */
function liveBlocks(
  segments: readonly VirtualSegment[],
  outputs: readonly VirtualBuffer[],
  local: ReadonlySet<VirtualBuffer>,
  lanes: ReadonlyMap<VirtualSegment, LanePlacement>,
): { blocks: Blocks; laneBlocks: Map<VirtualSegment, Block> } {
  const blocks: Blocks = new Map();
  const laneBlocks = new Map<VirtualSegment, Block>();
  const moments: { call: VirtualCall; time: number }[] = [];
  let time = 0;
  for (const segment of segments) {
    for (const call of segment.calls) {
      for (const { buffer } of buffersOf(call)) {
        if (buffer.external === null && !local.has(buffer)) {
          extend(blocks, buffer, buffer.bytes * (buffer.copies ?? 1), time);
        }
      }
      if (segment.tiling === null) moments.push({ call, time: time++ });
    }
    if (segment.tiling === null) continue;
    const bytes = lanes.get(segment)!.bytes * segment.tiling.lanes;
    laneBlocks.set(segment, { bytes, first: time, last: time, offset: 0 });
    time++;
  }
  for (const buffer of outputs) {
    const block = blocks.get(buffer);
    if (block !== undefined) block.last = time;
  }
  for (const moment of moments) takeOver(blocks, moment.call, moment.time);
  return { blocks, laneBlocks };
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
