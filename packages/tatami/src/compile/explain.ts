// Prints a Program for people: its kernels in order, what each fuses, where its buffers lie, and what they cost.
import { refsOf } from "../program/call-buffers.ts";
import type { BufferRef, Program, Tiling } from "../program/program.ts";

/** The program as text: one line a kernel call with its label, the buffers it reads and writes, and their bytes. */
export function explain(program: Program): string {
  const calls = program.segments.flatMap((segment) => segment.calls);
  const rows = calls.map((call, index) => {
    const refs = refsOf(call);
    const listed = (wanted: boolean): string =>
      refs.flatMap(({ ref, written }) => (written === wanted ? [formatRef(ref)] : [])).join(" ");
    return [String(index), call.kernel, call.label, `${listed(false)} → ${listed(true)}`];
  });
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const external = program.externalBytes.reduce((total, bytes) => total + bytes, 0);
  return [
    `${calls.length} kernel calls, arena ${formatBytes(program.arenaBytes)}, ` +
      `${program.externalBytes.length} external buffers ${formatBytes(external)}`,
    ...program.segments.flatMap(({ calls, tiling }) => {
      const block = lines.splice(0, calls.length);
      return tiling === null ? block : [formatTiling(tiling), ...block.map((line) => `  ${line}`), "end"];
    }),
  ].join("\n");
}

function formatTiling(tiling: Tiling): string {
  const samples = `for ${tiling.samples} samples`;
  return tiling.lanes === "threads"
    ? `${samples} shared by the threads`
    : `${samples} in ${tiling.lanes} lanes, ${tiling.tile} at a time`;
}

const spaces = { arena: "@", external: "#", lane: "~" } as const;

/** `@128+4.0 KiB`: bytes at an offset of the arena; `#3`: an external buffer; `~128`: a lane's own, the first of them. */
function formatRef(ref: BufferRef): string {
  const place = ref.space === "external" ? ref.index : ref.offset;
  return `${spaces[ref.space]}${place}+${formatBytes(ref.bytes)}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
