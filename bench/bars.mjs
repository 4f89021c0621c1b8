// The bars that Tatami's speed is held to, and what a run of the benchmark says about each. A bar is a ratio (peer's time over
// ours, within rounds) or, where it says so, a share, seconds, or a ratio of bytes.
import { summarizeRatios } from "./statistics.mjs";

export function contestOf({ contests }, net, { mode = "train", batchSize, threads = 1 } = {}) {
  return contests.find(
    (contest) =>
      contest.net === net &&
      contest.mode === mode &&
      contest.threads === threads &&
      (batchSize === undefined || contest.batchSize === batchSize),
  );
}

/** A participant that was measured. */
export function entrantIn(contest, name) {
  return contest?.entrants.find((entrant) => entrant.name === name && entrant.failed === undefined);
}

/** {median, low, high} of peer ÷ ours; undefined unless both were measured. */
export function ratioOf(contest, peer, ours) {
  const [theirs, own] = [entrantIn(contest, peer), entrantIn(contest, ours)];
  if (theirs === undefined || own === undefined) return undefined;
  return { ...summarizeRatios(theirs.rounds, own.rounds), peer: theirs.title, threads: own.threads };
}

/** Against the fastest of PyTorch's eager, its compiled, and JAX. */
export function ratioOfBest(contest, ours = "native") {
  const ratios = ["pytorch", "pytorch-compiled", "jax"]
    .map((peer) => ratioOf(contest, peer, ours))
    .filter((ratio) => ratio !== undefined);
  return ratios.length === 0 ? undefined : ratios.reduce((best, ratio) => (ratio.median < best.median ? ratio : best));
}

/** Effective FLOP a second over what the threads that ran can multiply and add. */
export function shareOf(entrant) {
  if (!entrant?.peakFlops || !entrant.multiplyAdds) return undefined;
  return (2 * entrant.multiplyAdds) / (entrant.ms.median / 1000) / (entrant.peakFlops * entrant.threads);
}

const factor = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const percent = (value) => `${(100 * value).toFixed(0)} %`;
const seconds = (value) => `${value.toFixed(2)} s`;

/** A bar is about so many threads: where ours ran fewer, nothing was measured of it, whatever the ratio. */
function asRatio(ratio, threads) {
  if (ratio === undefined) return undefined;
  if (ratio.threads !== threads) return { text: `ours ran ${ratio.threads} of ${threads} threads` };
  const spread = `${factor(ratio.low)} to ${factor(ratio.high)}`;
  return { value: ratio.median, text: `${factor(ratio.median)} (${spread}; ${ratio.peer})` };
}

const plain = (value, format) => (value === undefined ? undefined : { value, text: format(value) });

function trainingBars(results, name) {
  const of = (net, threads) => ({
    name: `${name(net)} step, PyTorch's best ÷ native, ${threads} thread${threads === 1 ? "" : "s"}`,
    measured: asRatio(ratioOfBest(contestOf(results, net, { threads })), threads),
  });
  const bar = (must, aim, net, threads = 1) => ({ must, aim, ...of(net, threads) });
  return [
    ...[bar(3, 5, "deep-conv"), bar(4, 6, "simple-conv"), bar(4, 5, "mlp"), bar(4, 5, "bn-mlp")],
    ...["deep-conv", "simple-conv", "mlp", "bn-mlp"].map((net) => bar(3, 5, net, 2)),
    ...["resnet20", "alexnet32", "lenet"].map((net) => bar(1.5, 3, net)),
    ...["alexnet224", "mobilenet"].map((net) => bar(1, 2, net)),
  ];
}

function variantBars(results) {
  const deep = contestOf(results, "deep-conv");
  const two = contestOf(results, "deep-conv", { threads: 2 });
  const best = (ours) => asRatio(ratioOfBest(deep, ours), 1);
  return [
    { name: "deep-conv, exact, PyTorch's best ÷ native", must: 1.6, measured: best("native-exact") },
    {
      ...{ name: "deep-conv, exact, share of peak", must: 0.75, aim: 0.9, format: percent },
      measured: plain(shareOf(entrantIn(deep, "native-exact")), percent),
    },
    { name: "deep-conv, AVX2 build, PyTorch's best ÷ native", must: 2, measured: best("native-avx2") },
    { name: "deep-conv, PyTorch's best (native) ÷ our wasm, 1 thread", must: 0.8, aim: 1, measured: best("wasm") },
    {
      ...{ name: "simple-conv, jax-js wasm ÷ our wasm", must: 15, aim: 25 },
      measured: asRatio(ratioOf(contestOf(results, "simple-conv"), "jax-js", "wasm"), 1),
    },
    ...["native", "wasm"].map((backend) => ({
      ...{ name: `deep-conv, ${backend}, 1 thread ÷ 2 threads`, must: 1.6, aim: 1.9 },
      measured: asRatio(ratioOf(two, `${backend}-single`, backend), 2),
    })),
    ...[1, 100].flatMap((batchSize) =>
      [
        ["native", "onnxruntime-node"],
        ["wasm", "onnxruntime-web"],
      ].map(([ours, peer]) => ({
        ...{ name: `deep-conv inference, batch ${batchSize}, onnxruntime's ${ours} ÷ ours`, must: 1, aim: 2 },
        measured: asRatio(ratioOf(contestOf(results, "deep-conv", { mode: "infer", batchSize }), peer, ours), 1),
      })),
    ),
  ];
}

function processBars({ course, memory, start, quick }) {
  const bytes = (name) => memory?.[name]?.bytes ?? undefined;
  // the smallest of all PyTorch that were found: builds with CUDA hold hundreds of megabytes that a step does not need
  const torches = Object.entries(memory ?? {}).filter(([name, { bytes: held }]) => name.startsWith("pytorch") && held);
  const [smallest] = torches.map(([name]) => name).sort((a, b) => bytes(a) - bytes(b));
  const share = bytes("native") && smallest ? bytes("native") / bytes(smallest) : undefined;
  const megabytes = (name) => `${(bytes(name) / 1e6).toFixed(0)} MB`;
  return [
    {
      ...{ name: "the course's 2_6, whole process", must: 12, aim: 6, less: true, format: seconds },
      measured: plain(quick ? undefined : course?.seconds, seconds),
    },
    {
      ...{ name: "peak memory, deep-conv, ours ÷ PyTorch's", must: 0.6, aim: 0.3, less: true },
      measured: plain(
        share,
        (value) => `${factor(value)} (${megabytes("native")}; ${memory[smallest].library} ${megabytes(smallest)})`,
      ),
    },
    {
      ...{ name: "process of one mlp step, native", must: 0.4, aim: 0.2, less: true, format: seconds },
      measured: plain(start?.native?.median, seconds),
    },
  ];
}

function verdictOf({ must, aim, less, measured }) {
  if (measured?.value === undefined) return "not measured";
  const meets = (bar) => bar !== undefined && (less ? measured.value <= bar : measured.value >= bar);
  if (meets(aim)) return "aim";
  return meets(must) ? "met" : "missed";
}

/** [{name, must, aim, measured, verdict}], all as text. @param titleOf a net's name → its title */
export function barsOf(results, titleOf) {
  return [...trainingBars(results, titleOf), ...variantBars(results), ...processBars(results)].map((bar) => {
    const sign = bar.less ? "≤" : "≥";
    const text = (value) => (value === undefined ? "" : `${sign} ${bar.format?.(value) ?? value}`);
    const measured = bar.measured?.text ?? "";
    return { name: bar.name, must: text(bar.must), aim: text(bar.aim), measured, verdict: verdictOf(bar) };
  });
}
