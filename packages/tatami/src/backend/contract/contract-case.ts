// What a contract case is: one kernel call on host arrays, as plain data. Output arrays are given too; their contents are
// what the buffer holds before the call, so a kernel that forgets to write is found out.
import type { Arbitrary } from "fast-check";
import {
  type BufferKind,
  type FieldKind,
  isBufferKind,
  type KernelName,
  kernelTable,
} from "../../program/kernel-table.ts";
import type { TypedArray } from "../../shape/dtype.ts";
import type { Arguments } from "../reference/arguments.ts";
import type { Tolerance } from "./tolerance.ts";

export interface ContractCase<Name extends KernelName> {
  /** a phrase that goes on from the kernel's name */
  readonly title: string;
  /** two fields that hold the same array share one buffer */
  readonly call: Arguments<Name>;
  /** what each written buffer must hold, in the order of the kernel table; without it, what the reference backend gives */
  readonly golden?: readonly TypedArray[];
  /** for `guard`: the number with which the program must stop, or -1 where it must go on */
  readonly stoppedBy?: number;
  /** in place of the kernel's own */
  readonly tolerance?: Tolerance;
}

export type ContractCases<Name extends KernelName> = { readonly [K in Name]: readonly ContractCase<K>[] };

/** Random calls that trust their own sizes: valid by construction. */
export type ContractArbitraries<Name extends KernelName> = { readonly [K in Name]: Arbitrary<Arguments<K>> };

/** The call with every buffer replaced by `map` of it. */
export function mapBuffers<Buffer>(
  kernel: KernelName,
  call: Arguments<KernelName>,
  map: (array: TypedArray, kind: FieldKind) => Buffer,
): Record<string, unknown> {
  const kinds: Record<string, FieldKind> = kernelTable[kernel];
  return Object.fromEntries(
    Object.entries(call).map(([field, value]: [string, unknown]) => {
      const kind = kinds[field];
      if (kind === "ins" || kind === "outs") return [field, (value as TypedArray[]).map((array) => map(array, kind))];
      return [field, isBufferKind(kind) && value !== null ? map(value as TypedArray, kind as BufferKind) : value];
    }),
  );
}

/** The arrays of the fields that `select` takes, in the order of the kernel table. */
export function buffersOf(
  kernel: KernelName,
  call: Arguments<KernelName>,
  select: (kind: FieldKind) => boolean,
): TypedArray[] {
  const arrays: TypedArray[] = [];
  const byField = call as unknown as Record<string, TypedArray | readonly TypedArray[] | null>;
  for (const [field, kind] of Object.entries(kernelTable[kernel]) as [string, FieldKind][]) {
    const value = byField[field];
    if (!select(kind) || value === null) continue;
    if (kind === "ins" || kind === "outs") arrays.push(...(value as TypedArray[]));
    else if (isBufferKind(kind)) arrays.push(value as TypedArray);
  }
  return arrays;
}
