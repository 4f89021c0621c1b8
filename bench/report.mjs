// The results as a Markdown table for people and as JSON for everything else.
import { mkdirSync, writeFileSync } from "node:fs";
import { nets } from "./problem.mjs";

const results = new URL("results/", import.meta.url);

function milliseconds(value) {
  if (value < 10) return value.toFixed(value < 1 ? 3 : 2);
  return value < 100 ? value.toFixed(1) : String(Math.round(value));
}

const times = ({ min, median, p95 }) => [min, median, p95].map(milliseconds).join(" / ");
const factor = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));

function rowOf({ net, title, failed, ...row }) {
  const name = nets[net].title;
  if (failed !== undefined) return `| ${name} | ${title} | | | ${failed} |`;
  const { library, threads, note, tatamiMs, peerMs, ratio } = row;
  const spread = `**${factor(ratio.median)}** (${factor(ratio.low)} to ${factor(ratio.high)})`;
  const peer = `${library}, ${threads} thread${threads === 1 ? "" : "s"}; ${note}`;
  return `| ${name} | ${peer} | ${times(tatamiMs)} | ${times(peerMs)} | ${spread} |`;
}

function stepTable({ rows, missing }) {
  if (rows.length === 0 && missing.length === 0) return [];
  return [
    "| Net | Peer | Tatami, wasm SIMD128, 1 thread: ms a step, min / median / p95 | Peer: ms a step | Tatami is faster by |",
    "|---|---|---|---|---|",
    ...rows.map(rowOf),
    "",
    ...missing.map(({ title, reason }) => `${title} is missing here: ${reason}.`),
    "",
  ];
}

/** The losses that show that all compute the same. */
function agreement(rows) {
  const compared = rows.filter(({ failed }) => failed === undefined);
  if (compared.length === 0) return [];
  const worst = compared.reduce((a, b) => (a.lossDifference > b.lossDifference ? a : b));
  const notFalling = compared.filter(({ lossesFall }) => !lossesFall).map(({ title, net }) => `${title} on ${net}`);
  return [
    `From the same first parameters, without dropout, the peers' losses in the first steps differ from Tatami's by ${(100 * worst.lossDifference).toFixed(3)} % at most (${worst.title}, ${worst.net}).`,
    notFalling.length === 0 ? "All of them fall." : `They do not fall for ${notFalling.join(", ")}.`,
    "",
  ];
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** A row of the second table: what, the bar, what was measured. */
function measured(what, bar, value, format) {
  if (value === undefined || value === null) return `| ${what} | ${bar} | not measured |`;
  return `| ${what} | ${bar} | ${value.failed === undefined ? format(value) : `failed: ${value.failed}`} |`;
}

function libraryTable({ library, rows }) {
  if (library === undefined) return [];
  const { matmul, size, compile, allocation } = library;
  const peak = matmul.peakGflops?.best;
  const lines = [
    measured("wasm matmul 1024³", "≥ 70 % of the rate below", matmul, ({ matmulGflops: { best }, share }) => {
      return share === null
        ? `${best.toFixed(1)} GFLOP/s`
        : `${best.toFixed(1)} GFLOP/s, ${(100 * share.median).toFixed(0)} %`;
    }),
    measured("128-bit multiply-add rate", "", matmul.peakGflops, ({ best }) => `${best.toFixed(1)} GFLOP/s`),
    measured("library for the browser, without the wasm", "≤ 60 kB gzip", size, ({ libraryGzip, libraryBytes }) => {
      return `${kilobytes(libraryGzip)} gzip (${kilobytes(libraryBytes)} minified)`;
    }),
    measured("the wasm", "≤ 65.5 kB gzip", size, ({ wasmGzip }) => `${kilobytes(wasmGzip)} gzip`),
  ];
  for (const [net, { title }] of Object.entries(nets)) {
    const format = ({ firstMs, laterMs }) => `${firstMs.toFixed(0)} ms at first, then ${laterMs.median.toFixed(0)} ms`;
    lines.push(measured(`compiling a step of ${title}`, net === "deep-conv" ? "< 100 ms" : "", compile[net], format));
  }
  for (const [net, { title }] of Object.entries(nets)) {
    const format = ({ bytesPerStep, collections }) =>
      collections > 0 ? `unknown, memory was collected ${collections} times` : `${Math.round(bytesPerStep)} B`;
    lines.push(measured(`allocated by JavaScript in a step of ${title}`, "< 2,048 B", allocation[net], format));
  }
  for (const [net, { title }] of Object.entries(nets)) {
    const best = Math.min(...rows.filter((row) => row.net === net && row.tatamiMs).map((row) => row.tatamiMs.min));
    if (!Number.isFinite(best) || compile[net].failed !== undefined) continue;
    const rate = (2 * compile[net].multiplyAdds) / best / 1e6;
    const share = peak === undefined ? "" : `, ${((100 * rate) / peak).toFixed(0)} % of the rate above`;
    lines.push(`| multiply-adds of a step of ${title} | | ${rate.toFixed(1)} GFLOP/s${share} |`);
  }
  return ["| Tatami itself | Bar | Measured |", "|---|---|---|", ...lines, ""];
}

function conditions({ date, machine, noise, noiseAfter, quick }) {
  const { cpu, cores, vectorExtensions, node, load } = machine;
  const worst = Math.max(noise.p95OverMin, noiseAfter.p95OverMin);
  return [
    `Measured ${date.slice(0, 10)}${quick ? ", a quick run" : ""}: ${cpu}, ${cores} cores, ${vectorExtensions}; Node ${node}; load ${load.toFixed(1)} at the start. Batches of 100, Adam. Noise: the same loop's 95th percentile is ${worst.toFixed(2)} times its minimum.`,
    "",
  ];
}

/**
 * Writes JSON and table.
 * @param whole whether this run may replace the published table; others go to results/tmp
 */
export function writeResults(run, whole) {
  const folder = whole ? results : new URL("tmp/", results);
  mkdirSync(folder, { recursive: true });
  const lines = [...conditions(run), ...stepTable(run), ...agreement(run.rows), ...libraryTable(run)];
  const table = lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimEnd();
  const file = new URL(`${run.date.slice(0, 10)}.json`, folder);
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
  writeFileSync(new URL("table.md", folder), `${table}\n`);
  return { table, file: file.pathname };
}
