// The share of the processor that Linux's control groups leave a process, read from the files of either version. Reading
// is its caller's business.

const root = "/sys/fs/cgroup";

/** The group's folder and those above it, from the root on; some may not be visible from inside a container. */
function foldersOf(mount: string, group: string): string[] {
  const names = group.split("/").filter((name) => name !== "" && name !== "..");
  return [mount, ...names.map((_, index) => `${mount}/${names.slice(0, index + 1).join("/")}`)];
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

/**
 * How many cores' time the process may use, which need not be whole; infinite where nothing limits it.
 * @param read the text of a file, or null where there is none
 */
export function quotaOf(read: (file: string) => string | null): number {
  const limits = [Number.POSITIVE_INFINITY];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    // hierarchy:controllers:path, version 2 without controllers
    const [, controllers, ...rest] = line.split(":");
    const group = rest.join(":");
    if (controllers === "") {
      for (const folder of foldersOf(root, group)) {
        const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
        limits.push(ratio(quota, period));
      }
    } else if (controllers?.split(",").includes("cpu")) {
      for (const folder of [`${root}/cpu`, `${root}/${controllers}`].flatMap((mount) => foldersOf(mount, group))) {
        limits.push(ratio(read(`${folder}/cpu.cfs_quota_us`) ?? "", read(`${folder}/cpu.cfs_period_us`) ?? ""));
      }
    }
  }
  return Math.min(...limits);
}
