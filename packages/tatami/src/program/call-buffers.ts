// The buffers that a call touches: every one of them mapped, listed, weighed.
import { type FieldKind, isBufferKind, kernelTable, writes } from "./kernel-table.ts";
import type { BufferRef, KernelCall } from "./program.ts";

/** The call's arguments with `map` of each buffer in its place; `index` counts in a field that is a list. */
export function mapBuffers(
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

/** Each buffer, and whether the call writes it. */
export function refsOf(call: KernelCall): { ref: BufferRef; written: boolean }[] {
  const refs: { ref: BufferRef; written: boolean }[] = [];
  mapBuffers(call, (ref, field) => {
    refs.push({ ref, written: writes(kernelTable[call.kernel][field as never] as FieldKind) });
    return ref;
  });
  return refs;
}

/** read and written */
export function bytesOf(call: KernelCall): number {
  return refsOf(call).reduce((total, { ref }) => total + ref.bytes, 0);
}
