// What this machine is: for reports and for measurements, which mean nothing without it.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  /** such as "v20.11.0" */
  readonly node: string;
  /** such as "linux x64" */
  readonly platform: string;
  /** of the operating system's kernel */
  readonly release: string;
  readonly cpu: string;
  /** of its instruction set, those that matter to kernels; empty where the system does not tell */
  readonly features: readonly string[];
  readonly memoryBytes: number;
  /** what a control group lets this process have; null without a limit */
  readonly memoryLimitBytes: number | null;
  readonly cores: number;
  /** that this process may be scheduled on */
  readonly coresAvailable: number;
  /** how many cores' time a control group lets it have, such as 1.5; null without a limit */
  readonly coresLimit: number | null;
  /** how many processes wanted a core, over the last minute; 0 on Windows */
  readonly load: number;
}

/** The text of a file; null where there is none. */
export type ReadText = (path: string) => string | null;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

export function describeMachine(read: ReadText = readText): Machine {
  const memoryBytes = totalmem();
  const limit = process.constrainedMemory?.() ?? 0;
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    release: release(),
    cpu: cpus()[0]?.model.trim() || "unknown",
    features: cpuFeatures(read),
    memoryBytes,
    // without a limit it is 0 or a number beyond all memory
    memoryLimitBytes: limit > 0 && limit < memoryBytes ? limit : null,
    cores: cpus().length,
    coresAvailable: availableParallelism(),
    coresLimit: coresLimit(read),
    load: loadavg()[0],
  };
}

const knownFeatures = [
  ...["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512_bf16", "avx_vnni"],
  ...["amx_tile", "asimd", "asimdhp", "sve", "sve2"],
];

/** Linux only. */
function cpuFeatures(read: ReadText): string[] {
  const [, line = ""] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(read("/proc/cpuinfo") ?? "") ?? [];
  const flags = new Set(line.split(" "));
  return knownFeatures.filter((name) => flags.has(name));
}

/** The tightest limit of the control groups that the process is in (Linux, cgroup v2 and v1). */
export function coresLimit(read: ReadText): number | null {
  const limits = groupFolders(read).map((folder) => unifiedLimit(read, folder) ?? legacyLimit(read, folder));
  const tightest = Math.min(...limits.filter((limit) => limit !== null));
  return Number.isFinite(tightest) ? tightest : null;
}

/** Where the limits of the process may stand: its own groups and all above them. In a container the root is its own. */
function groupFolders(read: ReadText): string[] {
  const folders = new Set(["/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]);
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path = ""] = line.split(":");
    if (controllers !== "" && !controllers?.split(",").includes("cpu")) continue;
    const parts = path.split("/").filter((part) => part !== "" && part !== "..");
    const root = controllers === "" ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${controllers}`;
    for (let depth = 1; depth <= parts.length; depth++) folders.add([root, ...parts.slice(0, depth)].join("/"));
  }
  return [...folders];
}

/** cgroup v2: "150000 100000" are microseconds in a period, "max" is no limit. */
function unifiedLimit(read: ReadText, folder: string): number | null {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
  return ratio(quota, period);
}

/** cgroup v1: the same in two files, -1 is no limit. */
function legacyLimit(read: ReadText, folder: string): number | null {
  return ratio(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
}

function ratio(quota: string | null | undefined, period: string | null | undefined): number | null {
  const limit = Number(quota ?? Number.NaN) / Number(period ?? Number.NaN);
  return limit > 0 && Number.isFinite(limit) ? limit : null;
}
