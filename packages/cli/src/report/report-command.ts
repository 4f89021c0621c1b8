// `tatami course report`: runs the exercises and writes one page about them, with the data of its plots beside it.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OptionError } from "tatamijs/shape";
import { exercises } from "tatamijs-course";
import { interrupted, interruptible } from "../command/interrupt.ts";
import { known } from "../command/known-name.ts";
import { replaceFile } from "../command/replaced-file.ts";
import { UsageError } from "../command/usage-error.ts";
import { dataFrom } from "../course/course-run.ts";
import { csvOf, figureFile } from "../course/figures.ts";
import { duration } from "../drawing/numbers.ts";
import { canDrawPng, drawPng } from "../drawing/png-drawing.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { type BackendChoice, backendChoices, chooseBackend } from "../machine/backend-choice.ts";
import type { PlacedFigure } from "./exercise-section.ts";
import type { OutcomeRow } from "./outcome-rows.ts";
import { type ReportFacts, reportPage } from "./report-page.ts";
import { type PlannedExercise, planReport } from "./report-plan.ts";
import { runReport } from "./report-runs.ts";
import { RunCache } from "./run-cache.ts";

export interface ReportOptions {
  ids?: string[];
  quick?: boolean;
  seeds?: readonly number[];
  out: string;
  png?: boolean;
  fresh?: boolean;
  backend?: string;
  threads?: number;
  data?: string;
}

/** @returns the exit code */
export async function reportCommand(options: ReportOptions): Promise<number> {
  const { quick = false, out, png = false } = options;
  const plan = planned({ ids: options.ids, quick, seeds: options.seeds });
  const choice = await chooseBackend({
    backend: known("backend", options.backend ?? "auto", backendChoices),
    threads: options.threads,
  });
  if (choice.notice !== null) console.error(`tatami: ${choice.notice}`);
  // said before hours of running, not behind them
  if (png) await canDrawPng();
  const version = versionOf();
  const progress = terminalOf(process.stderr);
  mkdirSync(join(out, "data"), { recursive: true });
  const onDamage = (message: string): void => progress.write(`${clear(progress)}tatami: ${message}\n`);
  const cache = new RunCache(join(out, "cache"), { version, backend: choice.name }, onDamage);
  const began = performance.now();
  return interruptible(async (signal) => {
    const reported = await runReport(plan, {
      load: dataFrom(options.data),
      signal,
      cache,
      fresh: options.fresh === true,
      onDamage,
      onProgress: ({ configuration }, seed, share, text) => {
        if (!progress.interactive) return;
        const { exercise, variant } = configuration;
        const done = `${Math.floor(share * 100)} %`.padStart(5);
        progress.write(
          `${clear(progress)}${`${done} ${exercise.id} ${variant.name}, seed ${seed}: ${text}`.slice(0, progress.columns - 1)}`,
        );
      },
      onExercise: ({ exercise, parts }, made, taken) => {
        const seconds = parts.reduce((total, { runs }) => total + runs.reduce((sum, run) => sum + run.seconds, 0), 0);
        const failed = parts.flatMap(({ failure }) => (failure === null ? [] : [`; could not run: ${failure}`]));
        const counts = [
          made === 0 ? "" : `${made} run, ${duration(seconds)}`,
          taken === 0 ? "" : `${taken} from the cache`,
        ];
        progress.write(
          `${clear(progress)}${exercise.id.padEnd(15)} ${counts.filter((count) => count !== "").join(", ")}${failed.join("")}\n`,
        );
      },
    });
    progress.write(clear(progress));
    const facts = { date: new Date().toISOString().slice(0, 10), quick, backend: backendText(choice), version, png };
    const { html, figures, rows } = reportPage(reported, plan, facts satisfies ReportFacts);
    await writeFigures(figures, out, png);
    replaceFile(join(out, "data", "outcomes.csv"), outcomesCsv(rows));
    const page = join(out, "report.html");
    replaceFile(page, html);
    terminalOf(process.stdout).write(`${page}\n`);
    progress.write(ending(rows, (performance.now() - began) / 1000, signal.aborted));
    if (signal.aborted) return interrupted;
    return reported.some(({ parts }) => parts.some(({ failure }) => failure !== null)) ? 1 : 0;
  });
}

function planned(request: Parameters<typeof planReport>[0]): PlannedExercise[] {
  try {
    return planReport(request, exercises);
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

const clear = ({ interactive }: Terminal): string => (interactive ? "\r\x1b[K" : "");

function backendText({ name, isa, threads }: BackendChoice): string {
  return `${name}${isa === null ? "" : ` (${isa})`}, ${threads} thread${threads === 1 ? "" : "s"}`;
}

function versionOf(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function writeFigures(figures: readonly PlacedFigure[], out: string, png: boolean): Promise<void> {
  for (const { stem, figure } of figures) {
    const front = stem.slice(0, stem.length - figure.name.length);
    for (const data of figure.data) replaceFile(join(out, "data", `${front}${data.name}.csv`), csvOf(data));
  }
  if (!png) return;
  mkdirSync(join(out, "plots"), { recursive: true });
  for (const { stem, figure } of figures) {
    replaceFile(join(out, "plots", `${stem}.png`), await drawPng(figureFile(figure)));
  }
}

function outcomesCsv(rows: readonly OutcomeRow[]): string {
  const columns = ["exercise", "variant", "measure", "median", "lowest", "highest", "seeds", "published", "verdict"];
  const cells = rows.map(({ part, measure, outcome, published, verdict }) => {
    const { exercise, variant } = part.configuration;
    const { median, low, high } = outcome ?? { median: "", low: "", high: "" };
    const seeds = outcome?.values.length ?? 0;
    return [exercise.id, variant.name, measure, median, low, high, seeds, published.join(" "), verdict];
  });
  return csvOf({ name: "outcomes", columns, rows: cells });
}

function ending(rows: readonly OutcomeRow[], seconds: number, aborted: boolean): string {
  const inside = rows.filter(({ verdict }) => verdict === "inside").length;
  const outside = rows.filter(({ verdict }) => verdict === "outside").length;
  const judged = inside + outside === 0 ? "" : `, ${inside} of ${inside + outside} published outcomes inside`;
  const stopped = aborted ? "; stopped before it was done, the same command goes on" : "";
  return `${duration(seconds)}${judged}${stopped}\n`;
}
