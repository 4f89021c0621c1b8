// `tatami runs`: the runs in a folder side by side, with what differs in how they were asked for.
import { grouped, share } from "../drawing/numbers.ts";
import { columnGroups, shortened, table } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { differingOptions, type RecordedRun, recordedRuns } from "./recorded-runs.ts";

export interface RunsOptions {
  json?: boolean;
}

/** @returns the exit code */
export async function runsCommand(directory: string, { json }: RunsOptions): Promise<number> {
  const runs = await recordedRuns(directory);
  const output = terminalOf(process.stdout);
  output.write(json ? `${JSON.stringify(runs)}\n` : text(runs, output));
  return 0;
}

/** longer names of runs lose their middle in a terminal */
const longestName = 32;

/** On a terminal in as many tables as its width asks for; elsewhere each run has one line. */
function text(runs: readonly RecordedRun[], { colors, interactive }: Terminal): string {
  const { bold, dim, yellow } = colors;
  const differing = differingOptions(runs);
  const header = ["run", ...differing.map(([name]) => name), "steps", "test accuracy", "best", "at", "test loss", ""];
  const rows = runs.map((run, index) => {
    const { step, options, history, running } = run;
    const last = history.at(-1)?.validation;
    const best = bestOf(run);
    const of =
      options.iterations === undefined || options.iterations === step ? "" : ` of ${grouped(options.iterations)}`;
    return [
      interactive ? shortened(run.name, longestName) : run.name,
      ...differing.map(([, values]) => values[index]),
      `${grouped(step)}${of}`,
      last ? share(last.accuracy) : "–",
      best ? share(best.validation!.accuracy) : "–",
      best ? grouped(best.iteration) : "–",
      last ? last.loss.toPrecision(3) : "–",
      running ? "running" : "",
    ];
  });
  const columns = interactive ? process.stdout.columns - 2 : Number.POSITIVE_INFINITY;
  const tables = columnGroups([header, ...rows], columns).map((group) => {
    const [head, ...body] = table(
      [header, ...rows].map((row) => group.map((column) => row[column])),
      group.map((column) => (column === 0 || column === header.length - 1 ? "left" : "right")),
    );
    return [`  ${dim(head)}`, ...body.map((line) => `  ${line}`.trimEnd()), ""];
  });
  const nets = new Set(runs.map(({ net }) => net));
  const title =
    nets.size === 1
      ? `${bold([...nets][0])}  ${dim(`${runs.length} run${runs.length === 1 ? "" : "s"}`)}`
      : bold(`${runs.length} runs`);
  const damage = runs.flatMap((run) => (run.damage === null ? [] : [yellow(`  ${run.name}: ${run.damage}`)]));
  return ["", title, "", ...tables.flat(), ...damage, ""].join("\n");
}

function bestOf({ history }: RecordedRun): RecordedRun["history"][number] | undefined {
  const evaluated = history.filter(({ validation }) => validation !== null);
  return evaluated.reduce<RecordedRun["history"][number] | undefined>(
    (best, entry) => (best === undefined || entry.validation!.accuracy > best.validation!.accuracy ? entry : best),
    undefined,
  );
}
