// Histograms of a group, a line each: columns of eighths of a letter.
import type { Histogram } from "tatamijs-course/frame";
import { short } from "./chart-scale.ts";
import type { Terminal } from "./terminal.ts";

const eighths = " ▁▂▃▄▅▆▇█";

/** Each is drawn to its own largest count; where its values lie stands beside. */
export function histogramLines(
  histograms: readonly Histogram[],
  { columns, colors }: Pick<Terminal, "columns" | "colors">,
): string[] {
  const names = histograms.map(({ name }) => name);
  const width = Math.max(...names.map((name) => name.length));
  const ends = histograms.map(({ edges }) => `${short(edges[0])} to ${short(edges.at(-1)!)}`);
  const most = Math.max(1, columns - width - 8 - Math.max(...ends.map((end) => end.length)));
  const lines = histograms.map(({ counts }, index) => {
    const shown = counts.slice(0, most);
    const peak = Math.max(...shown, 1);
    const bars = shown.map((count) => eighths[count === 0 ? 0 : Math.max(1, Math.round((count / peak) * 8))]).join("");
    return `  ${names[index].padEnd(width)} ${colors.dim("│")}${colors.cyan(bars)}${colors.dim("│")} ${colors.dim(ends[index])}`;
  });
  return [colors.dim(`  ${histograms[0].title}: how often each ${histograms[0].label}`), ...lines];
}
