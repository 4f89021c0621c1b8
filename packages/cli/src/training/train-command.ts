// `tatami train`: trains a net on MNIST and shows what came of it.

import { setPrecision } from "tatamijs/tensor";
import type { FitCallbacks } from "tatamijs/train";
import { defaultNet, imageShape as mnistShape } from "tatamijs-course/nets";
import { interrupted, interruptible } from "../command/interrupt.ts";
import { ProgressLine } from "../drawing/progress-line.ts";
import { terminalOf } from "../drawing/terminal.ts";
import { chooseBackend } from "../machine/backend-choice.ts";
import type { OwnData } from "./own-data.ts";
import type { RunLog } from "./run-log.ts";
import { trainJson } from "./train-json.ts";
import { expectTogether, notedOptions, type TrainOptions, type TrainRequest, trainRequest } from "./train-request.ts";
import { materialFor, runTraining } from "./training.ts";

/**
 * @param netName undefined for the default one, or that of the run to go on with
 * @returns the exit code
 */
export async function trainCommand(netName: string | undefined, options: TrainOptions): Promise<number> {
  const { request, own } = await requestOf(netName, options);
  setPrecision(request.precision);
  const choice = await chooseBackend(request);
  if (choice.notice !== null) console.error(`tatami: ${choice.notice}`);
  const output = terminalOf(process.stdout);
  const material = await materialFor(request, own);
  const { model, test } = material;
  if (options.profile) {
    const { profileTraining } = await import("./profile-command.ts");
    return profileTraining(request, material, choice.name, options, output);
  }
  // what draws for people is not there for programs, which may want many short runs
  const forPeople = options.json ? null : await import("./train-report.ts");
  if (forPeople && !options.quiet) output.write(forPeople.introduction(request, model, choice, output));

  const progress = options.quiet ? null : progressLine(request);
  const log = await logOf(request, choice.name);
  const callbacks = callbacksOf(progress, log);
  const result = await interruptible((signal) =>
    runTraining(request, material, choice.name, { callbacks, signal }),
  ).finally(() => progress?.clear());
  // since the process began: what a person waited for
  const secondsTotal = performance.now() / 1000;

  if (forPeople === null) output.write(`${trainJson(request, result, secondsTotal)}\n`);
  else if (options.quiet) output.write(forPeople.shortReport(request, { result, secondsTotal }));
  else {
    const { mistakesOf } = await import("tatamijs-course/training");
    const normalization = request.input?.normalization;
    const mistakes =
      result.history.length === 0 ? [] : await mistakesOf(model, test, { backend: choice.name, normalization });
    log?.ended(result, mistakes);
    output.write(forPeople.report(request, { result, mistakes, secondsTotal }, output));
  }
  return result.aborted ? interrupted : 0;
}

interface Asked {
  readonly request: TrainRequest;
  /** null for MNIST */
  readonly own: OwnData | null;
}

async function requestOf(netName: string | undefined, options: TrainOptions): Promise<Asked> {
  expectTogether(options);
  if (options.resume !== undefined) {
    const { resumption } = await import("./resumption.ts");
    const run = await resumption(options.resume, netName, options);
    const own = await ownDataOf(run.options);
    return { request: trainRequest(run.net, run.options, run.step, own?.input), own };
  }
  // says what is wrong with the rest before any data is read
  const { checkpoint } = trainRequest(netName ?? defaultNet, options);
  if (checkpoint !== null) {
    const { expectNoRun } = await import("./resumption.ts");
    await expectNoRun(checkpoint.directory);
  }
  const own = await ownDataOf(options);
  return { request: trainRequest(netName ?? defaultNet, options, null, own?.input), own };
}

async function ownDataOf(options: TrainOptions): Promise<OwnData | null> {
  const { data, validation, imageSize, normalize, stream } = options;
  // what it takes is not imported for MNIST
  if (data === undefined && !(validation ?? imageSize ?? normalize ?? stream)) return null;
  const { ownData } = await import("./own-data.ts");
  return ownData(options);
}

async function logOf(request: TrainRequest, backend: string): Promise<RunLog | null> {
  if (request.checkpoint === null) return null;
  const { RunLog } = await import("./run-log.ts");
  const { directory, from } = request.checkpoint;
  const { name, input } = request;
  const { imageShape, classNames = null } = input ?? { imageShape: mnistShape };
  return new RunLog({
    directory,
    from,
    settings: { net: name, ...notedOptions(request, backend) },
    imageShape,
    classNames,
  });
}

/** Null where nobody looks: progress goes to a terminal only. */
function progressLine({ settings, features }: TrainRequest): ProgressLine | null {
  const terminal = terminalOf(process.stderr);
  return terminal.interactive
    ? new ProgressLine(terminal, settings.iterations, settings.batchSize * (features.accumulate ?? 1))
    : null;
}

function callbacksOf(progress: ProgressLine | null, log: RunLog | null): FitCallbacks {
  return {
    ...(progress && { onStep: (iteration, loss) => progress.step(iteration, loss) }),
    onEvaluate: (entry, run) => {
      progress?.evaluated(entry.validation!.accuracy);
      log?.evaluated(entry, run);
    },
    ...(log && { onCheckpoint: (_written, run) => log.checkpointed(run) }),
  };
}
