import { expect, it } from "vitest";
import { coresLimit, describeMachine, type ReadText } from "./machine.ts";

const files =
  (contents: Readonly<Record<string, string>>): ReadText =>
  (path) =>
    contents[path] ?? null;

it.each<[string, Record<string, string>, number | null]>([
  ["no control group", {}, null],
  ["no limit in cgroup v2", { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, null],
  ["a limit in cgroup v2", { "/sys/fs/cgroup/cpu.max": "150000 100000\n" }, 1.5],
  [
    "the tightest of nested groups",
    {
      "/proc/self/cgroup": "0::/jobs/ours\n",
      "/sys/fs/cgroup/jobs/cpu.max": "200000 100000\n",
      "/sys/fs/cgroup/jobs/ours/cpu.max": "400000 100000\n",
    },
    2,
  ],
  [
    "no limit in cgroup v1",
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    null,
  ],
  [
    "a limit in cgroup v1",
    {
      "/proc/self/cgroup": "5:memory:/elsewhere\n4:cpu,cpuacct:/ours\n",
      "/sys/fs/cgroup/cpu,cpuacct/ours/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/ours/cpu.cfs_period_us": "100000\n",
    },
    0.5,
  ],
])("coresLimit(read) with %s", (_title, contents, expected) => {
  expect(coresLimit(files(contents))).toBe(expected);
});

it("describeMachine(read) lists the features of the processor that kernels can use", () => {
  const intel = files({ "/proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu sse4_2 avx2 avx512f fma hypervisor\n" });
  expect(describeMachine(intel).features).toEqual(["sse4_2", "avx2", "fma", "avx512f"]);
  const arm = files({ "/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd crc32 sve\n" });
  expect(describeMachine(arm).features).toEqual(["asimd", "sve"]);
  expect(describeMachine(files({})).features).toEqual([]);
});
