// The contract suite: what every backend must do, registered as tests. Each kernel runs its cases with buffers bound
// outside, then random calls with buffers in the arena; whatever has no golden value is held against the reference.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type KernelName, kernelNames } from "../../program/kernel-table.ts";
import type { TypedArray } from "../../shape/dtype.ts";
import type { Backend } from "../backend.ts";
import type { Arguments } from "../reference/arguments.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { poolBehind } from "../reference/convolution.ts";
import { maxPool2d } from "../reference/pooling.ts";
import { contractArbitraries } from "./arbitraries/index.ts";
import { contractCases } from "./cases/index.ts";
import type { ContractCase } from "./contract-case.ts";
import { execute, type Outcome, rowByRow } from "./execution.ts";
import { checkPrograms } from "./programs.ts";
import { difference, scaleOf, type Tolerance, toleranceOf } from "./tolerance.ts";
import { blank, blankInts } from "./values.ts";

/** A case a backend does not pass yet; `case` is its title. */
export interface Skip {
  readonly kernel: KernelName;
  readonly case: string;
  readonly reason: string;
}

export interface ContractOptions {
  readonly skip?: readonly Skip[];
  /** random calls for each kernel; default 40 */
  readonly runs?: number;
}

const randomTitle = "agrees with the reference backend on random calls";
/** kernels whose calls threads may share out row by row (program/rows.ts); a fill has nothing to differ by */
const withRows: readonly KernelName[] = [
  ...(["fused", "copy", "cast", "reduce", "argMax", "matmul", "im2col", "col2im"] as const),
  ...(["maxPool2d", "avgPool2d", "avgPool2dGradient", "takeAlong", "addAlong", "gather"] as const),
  ...(["oneHot", "softmax", "crossEntropy"] as const),
];

const rowsTitle = "gives rows the same bits in whatever company";

/** fast-check prints it with the path to the smallest failing call */
const seed = 20261125;

const reference = new ReferenceBackend();

/** Registers the suite for the backend that `createBackend` makes, once. */
export function runContract(
  name: string,
  createBackend: () => Backend | Promise<Backend>,
  { skip = [], runs = 40 }: ContractOptions = {},
): void {
  for (const entry of skip) checkSkip(entry);
  describe(`contract: ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    });

    for (const kernel of kernelNames) {
      const test = (title: string, check: () => Promise<void>): void => {
        const skipped = skip.find((entry) => entry.kernel === kernel && entry.case === title);
        if (skipped) it.skip(`${kernel} ${title} (${skipped.reason})`, check);
        else it(`${kernel} ${title}`, check);
      };
      for (const contractCase of contractCases[kernel] as readonly ContractCase<KernelName>[]) {
        test(contractCase.title, () => checkCase(backend, kernel, contractCase));
      }
      test(randomTitle, () => checkRandomCalls(backend, kernel, runs));
      if (withRows.includes(kernel)) {
        test(rowsTitle, async () => expect(await checkRowsApart(backend, kernel)).toBeGreaterThan(0));
      }
    }

    checkPrograms(() => backend);
  });
}

/** A skip outlives its case silently otherwise. */
function checkSkip(entry: Skip): void {
  const titles = [randomTitle, rowsTitle, ...contractCases[entry.kernel].map(({ title }) => title)];
  if (!titles.includes(entry.case)) {
    throw new Error(`runContract: skip names no case of ${entry.kernel}, got "${entry.case}"`);
  }
}

async function checkCase(backend: Backend, kernel: KernelName, contractCase: ContractCase<KernelName>): Promise<void> {
  const { call, golden, stoppedBy = -1, tolerance = toleranceOf(kernel, call) } = contractCase;
  const found = await execute(backend, kernel, call, "external");
  const expected = golden ?? (await execute(reference, kernel, call, "external")).written;
  expect(found.stoppedBy).toBe(stoppedBy);
  await compare(kernel, call, found.written, expected, tolerance);
}

async function checkRandomCalls(backend: Backend, kernel: KernelName, runs: number): Promise<void> {
  const property = fc.asyncProperty(
    contractArbitraries[kernel] as fc.Arbitrary<Arguments<KernelName>>,
    async (call) => {
      const found = await execute(backend, kernel, call, "arena");
      const expected: Outcome = await execute(reference, kernel, call, "arena");
      expect(found.stoppedBy).toBe(expected.stoppedBy);
      await compare(kernel, call, found.written, expected.written, toleranceOf(kernel, call));
    },
  );
  await fc.assert(property, { seed, numRuns: runs });
}

/** Threads share out rows: whoever computes one, and beside whichever others, it must be the same. */
async function checkRowsApart(backend: Backend, kernel: KernelName): Promise<number> {
  let compared = 0;
  const property = fc.asyncProperty(
    contractArbitraries[kernel] as fc.Arbitrary<Arguments<KernelName>>,
    async (call) => {
      const tiling = rowByRow(kernel, call);
      if (tiling === null) return;
      const whole = await execute(backend, kernel, call, "arena");
      const parts = await execute(backend, kernel, call, "arena", tiling);
      expect(parts).toEqual(whole);
      compared++;
    },
  );
  await fc.assert(property, { seed, numRuns: 40 });
  return compared;
}

/** Sums that round differently have other maxima: a max pool behind a convolution has to be that of the sums beside it. */
function expectedBeside(
  kernel: KernelName,
  call: Arguments<KernelName>,
  found: readonly TypedArray[],
  expected: readonly TypedArray[],
): readonly TypedArray[] {
  if (kernel !== "conv2d" || expected.length === 1) return expected;
  const pool = poolBehind({ ...(call as Arguments<"conv2d">), out: found[0] as Float32Array });
  const [out, indices] = [pool.out && blank(pool.out.length), pool.indices && blankInts(pool.indices.length)];
  maxPool2d({ ...pool, out, indices });
  return [expected[0], out, indices].filter((array) => array !== null);
}

async function compare(
  kernel: KernelName,
  call: Arguments<KernelName>,
  found: readonly TypedArray[],
  expected: readonly TypedArray[],
  tolerance: Tolerance,
): Promise<void> {
  expect(found.length).toBe(expected.length);
  const scale = await scaleOf(tolerance, kernel, call);
  for (const [index, array] of expectedBeside(kernel, call, found, expected).entries()) {
    const wrong = difference(found[index], array, tolerance.relative, scale);
    if (wrong !== null) throw new Error(`${kernel}: written buffer ${index}, ${wrong}`);
  }
}
