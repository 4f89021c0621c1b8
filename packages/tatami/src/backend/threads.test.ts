import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { BackendError } from "../shape/errors.ts";
import { quotaOf } from "./processor-quota.ts";
import { availableThreads, threadsOption } from "./threads.ts";

function reader(files: Record<string, string>): (file: string) => string | null {
  return (file) => files[file] ?? null;
}

describe("availableThreads", () => {
  it("availableThreads() is a whole number from 1 to what the system grants", () => {
    expect(Number.isInteger(availableThreads())).toBe(true);
    expect(availableThreads()).toBeGreaterThanOrEqual(1);
    expect(availableThreads()).toBeLessThanOrEqual(availableParallelism());
  });
});

describe("quotaOf", () => {
  it("quotaOf(version 2) is the least of the group and those above it", () => {
    const files = {
      "/proc/self/cgroup": "0::/user.slice/job.scope\n",
      "/sys/fs/cgroup/user.slice/cpu.max": "250000 100000\n",
      "/sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
    };
    expect(quotaOf(reader(files))).toBe(2.5);
    expect(quotaOf(reader({ ...files, "/sys/fs/cgroup/cpu.max": "50000 100000\n" }))).toBe(0.5);
  });

  it("quotaOf(version 1) finds the quota at the group's path, or at the root that a container sees", () => {
    const group = { "/proc/self/cgroup": "12:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n0::/\n" };
    const host = {
      "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_period_us": "50000\n",
    };
    const container = {
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    };
    expect(quotaOf(reader({ ...group, ...host }))).toBe(3);
    expect(quotaOf(reader({ ...group, ...container }))).toBe(4);
  });

  it("quotaOf() without a limit, or without control groups, is infinite", () => {
    const none = { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000" };
    expect(quotaOf(reader({ "/proc/self/cgroup": "4:cpu,cpuacct:/\n", ...none }))).toBe(Number.POSITIVE_INFINITY);
    expect(quotaOf(reader({}))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("threadsOption", () => {
  it("threadsOption(threads) takes 1 to 256 and refuses the rest by name", () => {
    expect([1, 16, 256].map((threads) => threadsOption(threads, "wasm"))).toEqual([1, 16, 256]);
    for (const threads of [0, -1, 1.5, 257, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => threadsOption(threads, "wasm")).toThrow(BackendError);
      expect(() => threadsOption(threads, "wasm")).toThrow(
        `wasm: threads must be a whole number, got ${threads}, expected 1 to 256`,
      );
    }
  });
});
