// A short name for the present kernel table, elementwise table and instruction format. Kernels that were compiled apart
// from the library carry it, so that a stale build is refused instead of misread.
import { elementwiseNames, instructionWords, maximumRegisters } from "./elementwise.ts";
import { kernelTable } from "./kernel-table.ts";

/** FNV-1a (Fowler, Noll and Vo), 64 bits, over the UTF-16 units */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

/** 16 hexadecimal digits */
export const tableDigest: string = fnv1a(
  JSON.stringify([kernelTable, elementwiseNames, instructionWords, maximumRegisters]),
);
