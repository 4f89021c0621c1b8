// The kernels' elementary functions against the double precision ones of the engine, in units in the last place (ulp).
import { beforeAll, describe, expect, test } from "vitest";
import type { ElementwiseName } from "../../program/elementwise.ts";
import type { Backend } from "../backend.ts";
import { erf } from "../reference/erf.ts";
import { apply } from "./cases/elementwise.ts";
import { execute } from "./execution.ts";

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
async function worst(
  backend: Backend,
  name: ElementwiseName,
  operands: readonly Float32Array[],
  exact: (...x: number[]) => number,
): Promise<number> {
  const { written } = await execute(backend, "fused", apply(name, operands), "external");
  let most = 0;
  written[0].forEach((value, i) => {
    const error = ulps(value, exact(...operands.map((values) => values[i])));
    if (!(error <= most)) most = error;
  });
  return most;
}

/** Registers the tests for the backend that `createBackend` makes, once. */
export function runVectorMath(name: string, createBackend: () => Backend | Promise<Backend>): void {
  describe(`vector math: ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    });
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

    test.each(Object.entries(functions))("%s(x) is within 2 ulp over all floats", async (name, exact) => {
      expect(await worst(backend, name as ElementwiseName, [x], exact)).toBeLessThanOrEqual(2);
    });

    test("sigmoid(x) and softplus(x) are within 4 ulp where they do not round to 0", async () => {
      const near = x.filter((value) => Math.abs(value) < 80);
      expect(await worst(backend, "sigmoid", [near], (value) => 1 / (1 + Math.exp(-value)))).toBeLessThanOrEqual(4);
      expect(
        await worst(backend, "softplus", [near], (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
      ).toBeLessThanOrEqual(4);
    });

    test("pow(x, y) is within 1 ulp for all bases and for negative, whole and special powers", async () => {
      const powers = [0, -0, 1, -1, 2, 3, -2, 0.5, 1 / 3, -0.3, 10, 101, 1e9, 3.4e38, Infinity, -Infinity, NaN];
      const exact = (a: number, b: number) => (a === 1 ? 1 : a ** b);
      for (const power of powers) {
        const y = new Float32Array(x.length).fill(power);
        expect(await worst(backend, "pow", [x, y], exact), `power ${power}`).toBeLessThanOrEqual(1);
      }
      expect(await worst(backend, "pow", [x, x.slice().reverse()], exact)).toBeLessThanOrEqual(1);
    });
  });
}
