// Last pass: gives every temporary a place in one arena. Buffers that are never alive together share bytes; an
// elementwise result takes over the place of an operand that dies with it.
import { type FieldKind, isBufferKind, kernelTable } from "../program/kernel-table.ts";
import { alignment, type BufferRef, type KernelCall } from "../program/program.ts";
import type { VirtualBuffer, VirtualCall } from "./lowering.ts";

export interface Placement {
  readonly calls: KernelCall[];
  readonly arenaBytes: number;
  readonly outputs: BufferRef[];
}

/** Some buffers at one place, alive from call `first` to call `last`. */
interface Block {
  bytes: number;
  first: number;
  last: number;
  offset: number;
}

/** `outputs` stay alive to the end. */
export function placeBuffers(calls: readonly VirtualCall[], outputs: readonly VirtualBuffer[]): Placement {
  const blocks = liveBlocks(calls, outputs);
  const arenaBytes = assignOffsets([...new Set(blocks.values())]);

  const refOf = (buffer: VirtualBuffer): BufferRef =>
    buffer.external === null
      ? { space: "arena", offset: blocks.get(buffer)!.offset, bytes: buffer.bytes }
      : { space: "external", index: buffer.external, bytes: buffer.bytes };
  const place = (value: unknown, kind: FieldKind): unknown => {
    if (kind === "ins" || kind === "outs") return (value as VirtualBuffer[]).map(refOf);
    return isBufferKind(kind) && value !== null ? refOf(value as VirtualBuffer) : value;
  };
  const placed = calls.map((call) => {
    const kinds: Readonly<Record<string, FieldKind>> = kernelTable[call.kernel];
    const entries = Object.entries(call.arguments).map(([field, value]) => [field, place(value, kinds[field]!)]);
    return { kernel: call.kernel, arguments: Object.fromEntries(entries), label: call.label } as KernelCall;
  });
  return { calls: placed, arenaBytes, outputs: outputs.map(refOf) };
}

/** The buffers a call reads or writes. */
function touched(call: VirtualCall): VirtualBuffer[] {
  const kinds: Readonly<Record<string, FieldKind>> = kernelTable[call.kernel];
  return Object.entries(call.arguments).flatMap(([field, value]) => {
    const kind = kinds[field]!;
    if (kind === "ins" || kind === "outs") return value as readonly VirtualBuffer[];
    return isBufferKind(kind) && value !== null ? [value as VirtualBuffer] : [];
  });
}

function liveBlocks(calls: readonly VirtualCall[], outputs: readonly VirtualBuffer[]): Map<VirtualBuffer, Block> {
  const blocks = new Map<VirtualBuffer, Block>();
  calls.forEach((call, index) => {
    for (const buffer of touched(call)) {
      if (buffer.external !== null) continue;
      const block = blocks.get(buffer);
      if (block === undefined) blocks.set(buffer, { bytes: buffer.bytes, first: index, last: index, offset: 0 });
      else block.last = index;
    }
  });
  for (const buffer of outputs) {
    const block = blocks.get(buffer);
    if (block !== undefined) block.last = calls.length;
  }
  calls.forEach((call, index) => {
    for (const { output, input } of call.inPlace) {
      const into = blocks.get(input);
      const block = blocks.get(output);
      if (into === undefined || block === undefined || into === block) continue;
      if (into.last !== index || block.first !== index || into.bytes !== block.bytes) continue;
      into.last = block.last;
      for (const [buffer, other] of blocks) if (other === block) blocks.set(buffer, into);
    }
  });
  return blocks;
}

/** Largest first, each at the lowest place where nothing alive at the same time lies. Returns the arena's size. */
function assignOffsets(blocks: Block[]): number {
  const placed: Block[] = [];
  let arenaBytes = 0;
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
    arenaBytes = Math.max(arenaBytes, offset + align(block.bytes));
  }
  return arenaBytes;
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
