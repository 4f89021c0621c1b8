// What the numbers were measured on, and how steady it was.
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { summarize } from "./statistics.mjs";

function vectorExtensions() {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))[1].split(" ");
    const known = ["asimd", "sse4_2", "avx", "avx2", "fma", "avx512f"].filter((flag) => flags.includes(flag));
    return known.join(" ") || "unknown";
  } catch {
    return "unknown";
  }
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    architecture: `${process.platform} ${process.arch}`,
    vectorExtensions: vectorExtensions(),
    node: process.version,
    load: loadavg()[0],
  };
}

/** The same arithmetic sixty times: on a quiet machine all take equally long. */
export function measureNoise() {
  const times = [];
  let sum = 0;
  for (let run = 0; run < 60; run++) {
    const start = performance.now();
    for (let index = 0; index < 2e6; index++) sum += (index * 7) % 13;
    if (run >= 10) times.push(performance.now() - start);
  }
  const { min, median, p95 } = summarize(times);
  // the sum is used, so that no engine drops the loop
  return { medianOverMin: median / min, p95OverMin: p95 / min, checksum: sum };
}
