// `tatami course list`, `show` and `run`.

import { OptionError } from "tatamijs/shape";
import { exercises } from "tatamijs-course";
import { type Configuration, configure, exerciseOf, formatted, variantOf } from "tatamijs-course/frame";
import { interrupted, interruptible } from "../command/interrupt.ts";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { terminalOf } from "../drawing/terminal.ts";
import { backendChoices, chooseBackend } from "../machine/backend-choice.ts";
import { courseJson } from "./course-json.ts";
import type { CourseRunOptions } from "./course-options.ts";
import { courseReport } from "./course-report.ts";
import { type CourseRun, dataFrom, runCourse } from "./course-run.ts";
import { exerciseList, exercisePage } from "./course-texts.ts";

export function courseListCommand({ json }: { json?: boolean }): number {
  const output = terminalOf(process.stdout);
  const plain = exercises.map(({ id, title, teaches, variants }) => ({ id, title, teaches, variants }));
  output.write(json ? `${JSON.stringify(plain)}\n` : exerciseList(exercises, output));
  return 0;
}

export function courseShowCommand(id: string, { json }: { json?: boolean }): number {
  const output = terminalOf(process.stdout);
  const exercise = asked(() => exerciseOf(id, exercises));
  const { title, teaches, formula, variants } = exercise;
  const settings = Object.entries(exercise.settings).map(([key, setting]) => {
    const { type, range, doc } = setting;
    return { key, type, range, default: setting.default, doc };
  });
  output.write(
    json ? `${JSON.stringify({ id, title, teaches, formula, variants, settings })}\n` : exercisePage(exercise, output),
  );
  return 0;
}

export async function courseRunCommand(id: string, options: CourseRunOptions): Promise<number> {
  const exercise = asked(() => exerciseOf(id, exercises));
  const names =
    options.variant === "all"
      ? exercise.variants.map(({ name }) => name)
      : (options.variant?.split(",") ?? [undefined]);
  // all are checked before the first one runs
  const configurations = asked(() =>
    names.map((name) => configure(exercise, variantOf(exercise, name).name, options.set)),
  );
  const backend = known("backend", options.backend ?? "auto", backendChoices);
  if (options.png) {
    if (options.out === undefined) throw new UsageError("--png has no place to write to, got no --out, expected one");
    const { canDrawPng } = await import("../drawing/png-drawing.ts");
    await canDrawPng();
  }
  const choice = await chooseBackend({ backend, threads: options.threads });
  if (choice.notice !== null) console.error(`tatami: ${choice.notice}`);

  const output = terminalOf(process.stdout);
  const progress = terminalOf(process.stderr);
  const load = dataFrom(options.data);
  return interruptible(async (signal) => {
    for (const configuration of configurations) {
      const { variant } = configuration;
      const run = await runCourse(configuration, options.seeds, {
        load,
        signal,
        out: options.out,
        onResult: (seed, result) => {
          if (result.kind !== "progress" || !progress.interactive) return;
          const done = `${Math.floor(result.share * 100)} %`.padStart(5);
          progress.write(
            `\r\x1b[K${`${done} ${variant.name}, seed ${seed}: ${result.text}`.slice(0, progress.columns - 1)}`,
          );
        },
      });
      if (progress.interactive) progress.write("\r\x1b[K");
      output.write(
        options.json ? `${courseJson(run, choice)}\n` : courseReport(run, reproduce(configuration, options), output),
      );
      if (options.out !== undefined) await writeOut(run, courseJson(run, choice), options.out, options.png === true);
      if (run.aborted) return interrupted;
    }
    return 0;
  });
}

async function writeOut(run: CourseRun, json: string, directory: string, png: boolean): Promise<void> {
  const [{ mkdir, writeFile }, { join }, { csvOf, figureFile, figuresOf }] = await Promise.all([
    import("node:fs/promises"),
    import("node:path"),
    import("./figures.ts"),
  ]);
  const { exercise, variant } = run.configuration;
  const stem = `${exercise.id}-${variant.name}`;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${stem}.json`), `${json}\n`);
  for (const figure of figuresOf(run.runs)) {
    const svg = figureFile(figure);
    await writeFile(join(directory, `${stem}-${figure.name}.svg`), svg);
    if (png) {
      const { drawPng } = await import("../drawing/png-drawing.ts");
      await writeFile(join(directory, `${stem}-${figure.name}.png`), await drawPng(svg));
    }
    for (const data of figure.data) await writeFile(join(directory, `${stem}-${data.name}.csv`), csvOf(data));
  }
}

/** The command line that gives the same results again. */
function reproduce(configuration: Configuration, { seeds, backend, threads }: CourseRunOptions): string {
  const { exercise, variant, values, changed } = configuration;
  return [
    `tatami course run ${exercise.id} --variant ${variant.name}`,
    ...changed.map((key) => `--set ${key}=${formatted(exercise, values, key)}`),
    `--seeds ${seeds.join(",")}`,
    ...(backend === undefined || backend === "auto" ? [] : [`--backend ${backend}`]),
    ...(threads === undefined ? [] : [`--threads ${threads}`]),
  ].join(" ");
}

/** What the course refuses was asked for on the command line. */
function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
