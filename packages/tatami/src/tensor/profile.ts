// Where the time of a compiled function goes: each of its calls is made a program of its own, over one arena that they
// share, and they are run one after the other, in the order in which one thread runs the whole.
import { multiplyAddsOf } from "../compile/multiply-adds.ts";
import type { Tensor } from "../graph/tensor.ts";
import { bytesOf, mapBuffers } from "../program/call-buffers.ts";
import { callsOf } from "../program/phases.ts";
import type { PlacedCall, PlacedRef, Program, Tiling } from "../program/program.ts";
import { rowsOf } from "../program/rows.ts";
import type { TypedArray } from "../shape/dtype.ts";
import type { TensorType } from "../shape/shape.ts";
import { traceFunction } from "./compiled.ts";
import { flushAssignments } from "./compute.ts";
import { backend as loadBackend } from "./device.ts";
import { refresh, residenceOf, setHostValues, written } from "./residence.ts";

/** All calls of one label, and one number of input channels, in one run of the function. */
export interface CallProfile {
  /** such as "conv2d" */
  readonly kernel: string;
  /** what they compute, such as "conv2d + bias + relu [100, 30, 24, 24]" */
  readonly label: string;
  /** large ones are cut into parts: as many calls as there are parts */
  readonly calls: number;
  /** of the median run, all calls together */
  readonly milliseconds: number;
  /** two for each multiply-add of products and convolutions; 0 for all else */
  readonly flop: number;
  /** read and written, each buffer of each call once */
  readonly bytes: number;
}

export interface ProfileRequest {
  /** as `compile` takes it; its assignments take effect in every run */
  readonly body: (...inputs: Tensor[]) => readonly Tensor[];
  readonly inputs: readonly { readonly type: TensorType; readonly values: TypedArray }[];
  /** how often it is run, ≥ 1; the first run warms up and does not count where there are others */
  readonly runs: number;
  readonly backend: string;
}

/** The calls by label, in the order in which they first run. */
export async function profileFunction({ body, inputs, runs, backend: name }: ProfileRequest): Promise<CallProfile[]> {
  const backend = await loadBackend(name);
  await flushAssignments();
  const traced = traceFunction(
    body,
    inputs.map(({ type }) => type),
  );
  const { program, storages, updated } = traced.compiled;
  traced.inputs.forEach((storage, index) => {
    setHostValues(storage, inputs[index].values);
  });
  const residences = storages.map((storage) => residenceOf(storage, backend));
  storages.forEach((storage, index) => {
    refresh(storage, residences[index]);
  });
  const arena = backend.allocate(Math.max(program.arenaBytes, 64));
  const buffers = [...residences.map(({ buffer }) => buffer), arena];
  const calls = callsOf(program).map((call) => {
    const alone = programOf(call, program);
    return { call, executable: backend.load(alone, buffers) };
  });
  const groups = new Map<string, { profile: Omit<CallProfile, "milliseconds">; times: number[] }>();
  for (const { call } of calls) {
    const key = keyOf(call);
    const { kernel, label } = call;
    const before = groups.get(key)?.profile ?? { kernel, label, calls: 0, flop: 0, bytes: 0 };
    const profile = {
      ...before,
      calls: before.calls + 1,
      flop: before.flop + 2 * multiplyAddsOf(call),
      bytes: before.bytes + bytesMoved(call),
    };
    groups.set(key, { profile, times: [] });
  }
  try {
    for (let run = 0; run < runs; run++) {
      const totals = new Map<string, number>();
      for (const { call, executable } of calls) {
        const began = performance.now();
        const answer = executable.run();
        if (typeof answer !== "number") await answer;
        const key = keyOf(call);
        totals.set(key, (totals.get(key) ?? 0) + performance.now() - began);
      }
      if (run > 0 || runs === 1) for (const [key, total] of totals) groups.get(key)!.times.push(total);
    }
  } finally {
    for (const { executable } of calls) executable.dispose();
    backend.free(arena);
    for (const index of updated) written(storages[index], residences[index]);
  }
  return [...groups.values()].map(({ profile, times }) => ({ ...profile, milliseconds: median(times) }));
}

/** Convolutions of the same output may differ in what they read. */
function keyOf({ kernel, label, arguments: values }: PlacedCall): string {
  return `${kernel} ${label} ${"inChannels" in values ? values.inChannels : ""}`;
}

/** One call, with the arena as its last external buffer. */
function programOf(call: PlacedCall, { externalBytes, arenaBytes }: Program): Program {
  const index = externalBytes.length;
  const move = (ref: PlacedRef): PlacedRef =>
    ref.space === "arena" ? { space: "external", index, offset: ref.offset, bytes: ref.bytes } : ref;
  const moved = mapBuffers(call, (ref) => move(ref as PlacedRef));
  return {
    segments: [{ calls: [{ ...call, arguments: moved } as PlacedCall], tiling: uncut(call) }],
    arenaBytes: 0,
    externalBytes: [...externalBytes, Math.max(arenaBytes, 64)],
    outputs: [],
  };
}

/** One lane for a convolution, which is a share already: cut again, it would have fewer images and go another way. */
function uncut(call: PlacedCall): Tiling | null {
  const rows = call.kernel.startsWith("conv2d") ? rowsOf(call) : null;
  if (rows === null || Object.values(rows.bytes).flat().includes("sum")) return null;
  return { samples: rows.count, tile: rows.count, lanes: 1 };
}

/** What is gathered from is as large as the data set, and touched as little as what is gathered. */
function bytesMoved(call: PlacedCall): number {
  const bytes = bytesOf(call);
  if (call.kernel !== "gather") return bytes;
  const { x, out } = call.arguments;
  return bytes - x.bytes + out.bytes;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
