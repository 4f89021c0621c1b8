// Programs for the tests of this package: one that is over at once, one that takes as long as is asked.
import type { Backend, BackendBuffer, Executable } from "tatamijs/backend";
import { elementwiseNames, type KernelCall, type PlacedRef, type Program, type Segment } from "tatamijs/program";

const external = (index: number, bytes: number): PlacedRef => ({ space: "external", index, offset: 0, bytes });

const repeated = (call: KernelCall, times: number): Segment[] => [{ calls: new Array(times).fill(call), tiling: null }];

/** x = −x over `count` numbers, `times` times */
export function negation(count: number, times = 1): Program {
  const ref = external(0, 4 * count);
  const code = [elementwiseNames.indexOf("negate"), 1, 0, 0, 0, 0];
  const fields = { shape: [count], strides: [1], constants: [], results: [1], registers: 2, code };
  const call: KernelCall = {
    kernel: "fused",
    arguments: { inputs: [ref], outputs: [ref], ...fields },
    label: "negate",
  };
  return { segments: repeated(call, times), arenaBytes: 0, externalBytes: [4 * count], outputs: [ref] };
}

/** x = −x over [lanes · 4, 8] numbers in so many lanes, `phases` times */
export function negationInLanes(lanes: number, phases: number): Program {
  const [samples, columns] = [4 * lanes, 8];
  const { segments, ...program } = negation(samples * columns);
  const [{ calls }] = segments as [Segment];
  const rows = calls.map((call) => ({
    ...call,
    arguments: { ...call.arguments, shape: [samples, columns], strides: [columns, 1] },
  })) as KernelCall[];
  return { ...program, segments: new Array(phases).fill({ calls: rows, tiling: { samples, tile: 2, lanes } }) };
}

/** out = a·a, products of size³, `times` times; out is the arena */
export function squaring(size: number, times: number): Program {
  const bytes = 4 * size * size;
  const [a, out] = [external(0, bytes), { space: "arena", offset: 0, bytes } as const];
  const sizes = { batch: 1, m: size, n: size, k: size, aStride: size, aBatchStride: 0, bBatchStride: 0 };
  const plain = { transposeA: 0, transposeB: 0, activation: 0, activationParameter: 0, bias: null };
  const call: KernelCall = { kernel: "matmul", arguments: { a, b: a, out, ...sizes, ...plain }, label: "matmul" };
  return { segments: repeated(call, times), arenaBytes: bytes, externalBytes: [bytes], outputs: [out] };
}

/** The program with a buffer of its own that holds `value` everywhere. */
export function loaded(backend: Backend, program: Program, value: number): [Executable, BackendBuffer] {
  const buffer = backend.allocate(program.externalBytes[0]);
  backend.floats(buffer).fill(value);
  return [backend.load(program, [buffer]), buffer];
}
