// What of a run is better seen than read. Each function gives an SVG's text, or undefined where nothing was measured.
import { ratioOfBest } from "./bars.mjs";
import { nets } from "./nets.mjs";
import {
  bar,
  dot,
  drawing,
  horizontalGrid,
  label,
  legend,
  line,
  linear,
  logarithmic,
  logarithmicTicks,
  palette,
  path,
  verticalGrid,
} from "./plot.mjs";
import { median } from "./statistics.mjs";

const times = (value) => `${value}×`;
const percent = (value) => `${Math.round(100 * value)} %`;

/** How many times faster than the best of PyTorch and JAX, a bar for each net and number of threads. */
function speedups({ contests }) {
  const rows = contests
    .filter(({ mode }) => mode === "train")
    .map((contest) => ({ ...contest, ratio: ratioOfBest(contest) }))
    .filter(({ ratio }) => ratio !== undefined);
  if (rows.length === 0) return undefined;
  const threads = [...new Set(rows.map((row) => row.threads))];
  const values = rows.map(({ ratio }) => ratio.median);
  const domain = [Math.min(0.5, ...values), Math.max(8, ...values)];
  const bottom = 50 + rows.length * 22;
  const x = logarithmic(domain, [300, 700]);
  const marks = rows.map(({ net, ratio, ...row }, index) => {
    const y = 46 + index * 22;
    const color = palette[threads.indexOf(row.threads)];
    const [from, to] = [x(1), x(ratio.median)].sort((a, b) => a - b);
    return [
      label(290, y + 12, `${nets[net].title}, ${row.threads}`, { "text-anchor": "end" }),
      bar(from, y, Math.max(1, to - from), 16, color),
      label(to + 5, y + 12, `${ratio.median.toFixed(ratio.median < 10 ? 1 : 0)} (${ratio.peer})`),
    ].join("");
  });
  const grid = verticalGrid(logarithmicTicks(domain), x, [42, bottom], times);
  const one = line(x(1), 42, x(1), bottom, { stroke: "#333" });
  const names = legend(
    300,
    bottom + 36,
    threads.map((count) => `${count} thread${count === 1 ? "" : "s"}`),
  );
  return drawing(860, bottom + 50, "A training step: the best of PyTorch and JAX ÷ Tatami native", [
    ...grid,
    ...marks,
    one,
    names,
  ]);
}

const kernelNames = ["matmul", "conv2d", "conv2dInputGradient", "conv2dFilterGradient"];
const kernelTitles = ["product", "convolution", "its input gradient", "its filter gradient"];

/** Share of peak of single kernels, a line for each shape. */
function kernelShares(result) {
  if (result === undefined || result.failed !== undefined) return undefined;
  const rows = [...result.matmul, ...result.conv];
  const most = Math.max(1, ...rows.flatMap(({ rates }) => Object.values(rates).map(({ share }) => share)));
  const x = linear([0, most], [230, 780]);
  const bottom = 46 + rows.length * 16;
  const marks = rows.map(({ title, rates }, index) => {
    const y = 54 + index * 16;
    const dots = Object.entries(rates).map(([kernel, { share, gflops }]) =>
      dot(x(share), y, palette[kernelNames.indexOf(kernel)], `${kernel}: ${gflops.toFixed(1)} GFLOP/s`),
    );
    return (
      label(220, y + 4, title, { "text-anchor": "end" }) + line(230, y, 780, y, { stroke: "#f0f0f0" }) + dots.join("")
    );
  });
  const ticks = Array.from({ length: Math.floor(most / 0.25) + 1 }, (_, index) => index * 0.25);
  const grid = verticalGrid(ticks, x, [44, bottom], percent);
  const title = `Kernels of ${result.backend}${result.isa ? ` (${result.isa})` : ""}: share of ${result.peakGflops.toFixed(0)} GFLOP/s, the multiply-add rate of one core`;
  return drawing(820, bottom + 48, title, [...grid, ...marks, legend(230, bottom + 38, kernelTitles)]);
}

/** Share of peak of random nets' training steps, sorted, by backend. */
function randomShares(random) {
  const backends = Object.entries(random ?? {}).filter(([, result]) => result.failed === undefined);
  if (backends.length === 0) return undefined;
  const sorted = backends.map(([name, { results }]) => ({
    name,
    shares: results.map(({ share }) => share).sort((a, b) => a - b),
  }));
  const count = sorted[0].shares.length;
  const most = Math.max(1, ...sorted.flatMap(({ shares }) => shares));
  const x = linear([0, count - 1], [70, 600]);
  const y = linear([0, most], [260, 50]);
  const marks = sorted.flatMap(({ shares }, index) =>
    shares.map((share, at) => dot(x(at), y(share), palette[index], percent(share))),
  );
  const middles = sorted.map(({ shares }, index) =>
    line(70, y(median(shares)), 600, y(median(shares)), { stroke: palette[index], "stroke-dasharray": "4 4" }),
  );
  const names = sorted.map(({ name, shares }) => `${name}, median ${percent(median(shares))}`);
  const grid = horizontalGrid([0, 0.25, 0.5, 0.75, 1], y, [70, 600], percent);
  return drawing(640, 310, `${count} random nets, batches of 50: share of peak of a training step, from the slowest`, [
    ...grid,
    ...middles,
    ...marks,
    legend(70, 294, names),
  ]);
}

const axes = { batch: "images a batch", width: "channels", depth: "convolutions" };

/** Cost against batch, width and depth; the dashed line is the arithmetic, laid through the largest. */
function scaling(results) {
  const backends = Object.entries(results ?? {}).filter(([, result]) => result.failed === undefined);
  if (backends.length === 0) return undefined;
  const panels = Object.entries(axes).flatMap(([axis, title], panel) => {
    const series = backends.map(([, { results: list }]) => list.filter((result) => result.axis === axis));
    const all = series.flat();
    const [at, ms] = [all.map((result) => result.at), all.map((result) => result.ms.median)];
    const domains = [at, ms].map((list) => [Math.min(...list), Math.max(...list)]);
    const left = 60 + panel * 300;
    const x = logarithmic(domains[0], [left, left + 220]);
    const y = logarithmic([domains[1][0] / 1.5, domains[1][1] * 1.2], [270, 50]);
    const curves = series.map((list, index) => {
      const last = list.at(-1);
      const points = list.map((result) => [x(result.at), y(result.ms.median)]);
      const arithmetic = list
        .map((result) => [x(result.at), y((result.multiplyAdds / last.multiplyAdds) * last.ms.median)])
        .filter(([, height]) => height <= 270);
      return (
        path(arithmetic, { stroke: palette[index], "stroke-dasharray": "4 4", "stroke-opacity": 0.6 }) +
        path(points, { stroke: palette[index], "stroke-width": 1.5 }) +
        points.map(([px, py], point) => dot(px, py, palette[index], `${list[point].ms.median.toFixed(3)} ms`)).join("")
      );
    });
    const grid = [
      ...horizontalGrid(logarithmicTicks(domains[1], [1]), y, [left, left + 220]),
      ...verticalGrid(
        series[0].map((result) => result.at),
        x,
        [50, 270],
      ),
    ];
    return [...grid, ...curves, label(left + 110, 306, title, { "text-anchor": "middle" })];
  });
  const names = legend(
    60,
    330,
    backends.map(([name]) => `${name}, ms a step`),
  );
  return drawing(920, 346, "Cost of a step, ms: measured, and (dashed) as the arithmetic grows", [...panels, names]);
}

/** [file's name, what it shows, SVG] of all there is. */
export function plotsOf(results) {
  return [
    ["speedups", "Training steps against the best of PyTorch and JAX", speedups(results)],
    ["kernels-native", "Share of peak of native kernels", kernelShares(results.kernels?.native)],
    ["kernels-wasm", "Share of peak of WebAssembly kernels", kernelShares(results.kernels?.wasm)],
    ["random", "Share of peak of random nets", randomShares(results.random)],
    ["scaling", "Cost against batch, width and depth", scaling(results.scaling)],
  ].filter(([, , svg]) => svg !== undefined);
}
