// The kernels' elementary functions against the double precision ones of the engine, in units in the last place (ulp).
import { beforeAll, describe, expect, test } from "vitest";
import { type ElementwiseName, opcode } from "../../program/elementwise.ts";
import type { BufferRef, Program } from "../../program/program.ts";
import { upload } from "../backend.ts";
import { erf } from "../reference/erf.ts";
import { WasmBackend } from "./backend.ts";

let backend: WasmBackend;

beforeAll(async () => {
  backend = await WasmBackend.create();
});

/** The function over all operands, as one `fused` call. */
function evaluate(name: ElementwiseName, operands: readonly Float32Array[]): Float32Array {
  const bytes = operands[0].byteLength;
  const refs = [...operands, null].map((_, index): BufferRef => ({ space: "external", index, bytes }));
  const inputs = refs.slice(0, -1);
  const registers = [...inputs.keys()];
  const call = {
    inputs,
    outputs: refs.slice(-1),
    shape: [bytes / 4],
    strides: inputs.map(() => 1),
    constants: [],
    code: [opcode(name), inputs.length, ...[...registers, 0, 0].slice(0, 3)],
    results: [inputs.length],
    registers: inputs.length + 1,
  };
  const program: Program = {
    calls: [{ kernel: "fused", arguments: call, label: name }],
    arenaBytes: 0,
    externalBytes: refs.map(() => bytes),
    outputs: refs.slice(-1),
  };
  const buffers = refs.map(() => backend.allocate(bytes));
  operands.forEach((values, index) => {
    upload(backend, buffers[index], values);
  });
  const executable = backend.load(program, buffers);
  executable.run();
  const values = executable.output(0).slice();
  executable.dispose();
  for (const buffer of buffers) backend.free(buffer);
  return values;
}

/** |got - exact| in units of the last place that a float32 near `exact` has */
function ulps(got: number, exact: number): number {
  if (Object.is(Math.fround(exact), got) || (Number.isNaN(got) && Number.isNaN(exact))) return 0;
  if (Math.fround(exact) === got) return 0;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(got - exact) / 2 ** (Math.min(exponent, 127) - 23);
}

const special = [0, -0, 1, -1, 0.5, 2, 1e-45, -1e-45, 1e-38, 3.4e38, -3.4e38, Infinity, -Infinity, NaN, 88.72, 88.73];

/** Floats spread evenly over their bit patterns, so over all magnitudes, and evenly over [-20, 20]. */
function samples(count: number): Float32Array {
  const values = new Float32Array(2 * count + special.length);
  const patterns = new Uint32Array(values.buffer);
  for (let i = 0; i < count; i++) patterns[i] = Math.round((i * 2 ** 32) / count);
  for (let i = 0; i < count; i++) values[count + i] = -20 + (40 * i) / count;
  values.set(special, 2 * count);
  return values;
}

/** The largest error in ulp; NaN when a number and a NaN meet. */
function worst(name: ElementwiseName, operands: readonly Float32Array[], exact: (...x: number[]) => number): number {
  let most = 0;
  evaluate(name, operands).forEach((value, i) => {
    const error = ulps(value, exact(...operands.map((values) => values[i])));
    if (!(error <= most)) most = error;
  });
  return most;
}

describe("vector math", () => {
  const functions: Partial<Record<ElementwiseName, (x: number) => number>> = {
    exp: Math.exp,
    expm1: Math.expm1,
    log: Math.log,
    log1p: Math.log1p,
    tanh: Math.tanh,
    erf,
    sqrt: Math.sqrt,
    sign: Math.sign,
    reciprocal: (x) => 1 / x,
  };
  const x = samples(300_000);

  test.each(Object.entries(functions))("%s(x) is within 2 ulp over all floats", (name, exact) => {
    expect(worst(name as ElementwiseName, [x], exact)).toBeLessThanOrEqual(2);
  });

  test("sigmoid(x) and softplus(x) are within 4 ulp where they do not round to 0", () => {
    const near = x.filter((value) => Math.abs(value) < 80);
    expect(worst("sigmoid", [near], (value) => 1 / (1 + Math.exp(-value)))).toBeLessThanOrEqual(4);
    expect(worst("softplus", [near], (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))))).toBeLessThanOrEqual(4);
  });

  test("pow(x, y) is within 1 ulp for all bases and for negative, whole and special powers", () => {
    const powers = [0, -0, 1, -1, 2, 3, -2, 0.5, 1 / 3, -0.3, 10, 101, 1e9, 3.4e38, Infinity, -Infinity, NaN];
    const exact = (a: number, b: number) => (a === 1 ? 1 : a ** b);
    for (const power of powers) {
      const y = new Float32Array(x.length).fill(power);
      expect(worst("pow", [x, y], exact), `power ${power}`).toBeLessThanOrEqual(1);
    }
    expect(worst("pow", [x, x.slice().reverse()], exact)).toBeLessThanOrEqual(1);
  });
});
