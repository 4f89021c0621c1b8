// The results as Markdown tables. Times are medians of milliseconds.
import { barsOf, contestOf, entrantIn, ratioOfBest, shareOf } from "./bars.mjs";
import { nets } from "./nets.mjs";

export function milliseconds(value) {
  if (value < 10) return value.toFixed(value < 1 ? 3 : 2);
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

const percent = (value) => (value === undefined ? "" : `${(100 * value).toFixed(0)} %`);
const factor = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows, ""];
const row = (cells) => `| ${cells.join(" | ")} |`;
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const titleOf = (net) => nets[net].title;

/** Where a participant has failed, the table says so and the text below says why. */
function cellOf(contest, name) {
  const entrant = contest.entrants.find((one) => one.name === name);
  if (entrant === undefined) return "";
  return entrant.failed === undefined ? milliseconds(entrant.ms.median) : "failed";
}

/** Columns are those who took part anywhere. */
function contestTable(contests, label) {
  const hidden = ["native-single", "wasm-single", "native-exact", "native-avx2"];
  const columns = new Map();
  for (const { entrants } of contests) for (const { name, title } of entrants) columns.set(name, title);
  for (const name of hidden) columns.delete(name);
  const head = ["Net", label, ...columns.values(), "PyTorch's best ÷ native", "native: share of peak"];
  const rows = contests.map((contest) => {
    const ratio = ratioOfBest(contest);
    const best = ratio === undefined ? "" : `**${factor(ratio.median)}** (${factor(ratio.low)}–${factor(ratio.high)})`;
    const asked = contest.mode === "train" ? contest.threads : contest.batchSize;
    const cells = [...columns.keys()].map((name) => cellOf(contest, name));
    return row([titleOf(contest.net), asked, ...cells, best, percent(shareOf(entrantIn(contest, "native")))]);
  });
  return table(head, rows);
}

export function trainingTable({ contests }) {
  const trained = contests.filter(({ mode }) => mode === "train");
  return trained.length === 0 ? [] : contestTable(trained, "threads");
}

export function inferenceTable({ contests }) {
  const inferred = contests.filter(({ mode }) => mode === "infer");
  return inferred.length === 0 ? [] : contestTable(inferred, "batch");
}

/** Tatami's variants on the deep net. */
export function variantTable(results) {
  const rows = [1, 2].flatMap((threads) => {
    const contest = contestOf(results, "deep-conv", { threads });
    const ours = contest?.entrants.filter(({ ours, failed }) => ours && failed === undefined) ?? [];
    return ours.map((entrant) => {
      const { title, library, threads: ran, ms, multiplyAdds, compileMs } = entrant;
      const rate = ((2 * multiplyAdds) / ms.median / 1e6).toFixed(0);
      const times = [ms.min, ms.median, ms.p95].map(milliseconds).join(" / ");
      return row([
        title,
        library,
        `${ran} of ${threads}`,
        times,
        rate,
        percent(shareOf(entrant)),
        compileMs.toFixed(0),
      ]);
    });
  });
  if (rows.length === 0) return [];
  const head = ["deep-conv", "", "threads", "ms: min / median / p95", "GFLOP/s", "share of peak", "compiled in ms"];
  return table(head, rows);
}

/** @param options all: those that were not measured too */
export function barsTable(results, { all = true } = {}) {
  const rows = barsOf(results, titleOf)
    .filter(({ verdict }) => all || verdict !== "not measured")
    .map(({ name, must, aim, measured, verdict }) =>
      row([name, must, aim, measured, verdict === "missed" ? `**${verdict}**` : verdict]),
    );
  if (rows.length === 0) return [];
  return table(["What", "must", "aim", "measured", "verdict"], rows);
}

/** Who took part, with versions; who did not, and why. */
export function participants({ contests, missing, pythons }) {
  const seen = new Map();
  const failures = new Set();
  for (const { net, entrants } of contests) {
    for (const { title, library, note, failed } of entrants) {
      if (failed === undefined) seen.set(title, `${title}: ${library}; ${note}`);
      else failures.add(`${title} failed on ${titleOf(net)}: ${failed.slice(0, 300)}`);
    }
  }
  const versions = (pythons ?? [])
    .filter(({ torch, jax }) => torch ?? jax)
    .map(({ python, torch, jax }) => `Python ${python}${torch ? `, torch ${torch}` : ""}${jax ? `, JAX ${jax}` : ""}`);
  return [
    ...[...seen.values()].map((text) => `- ${text}`),
    ...missing.map(({ title, reason }) => `- ${title} is missing here: ${reason}`),
    ...[...failures].map((text) => `- ${text}`),
    ...(versions.length > 1 ? [`- found, of which the newest took part: ${[...new Set(versions)].join("; ")}`] : []),
    "",
  ];
}

/** The losses that show that all compute the same, and the processor time that shows that all keep to their threads. */
export function agreement({ contests }) {
  const all = contests.flatMap(({ net, mode, threads, entrants }) =>
    entrants.filter(({ failed }) => failed === undefined).map((entrant) => ({ net, mode, asked: threads, ...entrant })),
  );
  const compared = all.filter(({ lossDifference }) => lossDifference !== null);
  if (compared.length === 0) return [];
  const lines = [];
  for (const [mode, what] of [
    ["train", "first steps"],
    ["infer", "inference"],
  ]) {
    const list = compared.filter((entrant) => entrant.mode === mode);
    if (list.length === 0) continue;
    const worst = list.reduce((a, b) => (a.lossDifference > b.lossDifference ? a : b));
    const far = list.filter(({ lossDifference }) => lossDifference > 0.01);
    const names = far.map(({ title, net, lossDifference }) => `${title} on ${titleOf(net)} ${percent(lossDifference)}`);
    lines.push(
      `From the same parameters, without dropout, losses in ${what} differ from Tatami's by ${(100 * worst.lossDifference).toFixed(3)} % at most (${worst.title}, ${titleOf(worst.net)}).${names.length === 0 ? "" : ` More than 1 %: ${names.join(", ")}.`}`,
    );
  }
  const rising = all.filter(({ mode, lossesFall }) => mode === "train" && !lossesFall);
  if (rising.length > 0)
    lines.push(`Not falling: ${rising.map(({ title, net }) => `${title} on ${titleOf(net)}`).join(", ")}.`);
  const greedy = all.filter(({ coresUsed, asked }) => coresUsed > asked + 0.15);
  lines.push(
    greedy.length === 0
      ? "Nobody used more processor time than its threads have."
      : `More processor time than the threads asked for have: ${greedy.map(({ title, net, asked, coresUsed }) => `${title} on ${titleOf(net)}, ${coresUsed.toFixed(1)} cores of ${asked}`).join("; ")}.`,
  );
  return [...lines, ""];
}

/** How much longer than the shortest the same loop may take on a machine with nothing else to do. */
const busy = 1.3;

export function conditions({ date, machine, noise, noiseAfter, quick, minutes }) {
  const { cpu, cores, vectorExtensions, node, load } = machine;
  const worst = Math.max(noise.p95OverMin, noiseAfter.p95OverMin);
  return [
    `Measured ${date.slice(0, 10)}${quick ? ", a quick run" : ""}, in ${minutes.toFixed(0)} minutes: ${cpu}, ${plural(cores, "core")}, ${vectorExtensions}; Node ${node}; load ${load.toFixed(1)} at the start. Noise: the same loop's 95th percentile is ${worst.toFixed(2)} times its minimum. Median ms a step; in brackets the middle half of the ratios of neighbouring blocks.`,
    ...(worst > busy
      ? ["", "**The machine was busy: times, ratios and verdicts of this run are not to be relied on.**"]
      : []),
    "",
  ];
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const measured = (what, bar, value, format) => {
  if (value === undefined || value === null) return row([what, bar, "not measured"]);
  return row([what, bar, value.failed === undefined ? format(value) : `failed: ${value.failed}`]);
};

export function libraryTable({ library, start, course, memory }) {
  const lines = [];
  if (library !== undefined) {
    const { matmul, size, compile, allocation } = library;
    const share = ({ matmulGflops, share: of }) => `${matmulGflops.best.toFixed(1)} GFLOP/s, ${percent(of?.median)}`;
    lines.push(measured("wasm matmul 1024³", "≥ 70 % of the rate below", matmul, share));
    const rate = ({ best }) => `${best.toFixed(1)} GFLOP/s`;
    lines.push(measured("128-bit multiply-add rate", "", matmul.peakGflops ?? matmul, rate));
    const gzip = ({ libraryGzip, libraryBytes }) =>
      `${kilobytes(libraryGzip)} gzip (${kilobytes(libraryBytes)} minified)`;
    lines.push(measured("library for the browser, without the wasm", "", size, gzip));
    lines.push(measured("the wasm", "", size, ({ wasmGzip }) => `${kilobytes(wasmGzip)} gzip`));
    for (const [net, value] of Object.entries(compile)) {
      const format = ({ firstMs, laterMs }) =>
        `${firstMs.toFixed(0)} ms at first, then ${laterMs.median.toFixed(0)} ms`;
      lines.push(measured(`compiling a step of ${titleOf(net)}`, net === "deep-conv" ? "< 100 ms" : "", value, format));
    }
    for (const [net, value] of Object.entries(allocation)) {
      const format = ({ bytesPerStep, collections }) =>
        collections > 0 ? `unknown, memory was collected ${collections} times` : `${Math.round(bytesPerStep)} B`;
      lines.push(measured(`allocated by JavaScript in a step of ${titleOf(net)}`, "< 2,048 B", value, format));
    }
  }
  for (const [name, value] of Object.entries(start ?? {})) {
    const what = name === "node" ? "process of Node that does nothing" : `process of one mlp step, ${name}`;
    lines.push(measured(what, "", value, ({ median, min }) => `${median.toFixed(2)} s (least ${min.toFixed(2)})`));
  }
  const trained = ({ seconds, backend, threads, iterations }) =>
    `${seconds.toFixed(1)} s for ${iterations} iterations, ${backend}, ${plural(threads, "thread")}`;
  if (course !== undefined) lines.push(measured("the course's 2_6, whole process", "", course, trained));
  for (const { title, bytes, failed } of Object.values(memory ?? {})) {
    const value = failed === undefined ? { bytes } : { failed };
    lines.push(measured(`peak memory, deep-conv, ${title}`, "", value, () => `${(bytes / 1e6).toFixed(0)} MB`));
  }
  return lines.length === 0 ? [] : table(["Tatami itself", "bar", "measured"], lines);
}
