// The commands for trained models and for data, with their options: predict, evaluate, data.
import type { Command } from "commander";
import { count, counts } from "../command/option-values.ts";
import type { DataInfoOptions } from "../data/data-info-command.ts";
import type { DataPreviewOptions } from "../data/data-preview-command.ts";
import { backendChoices } from "../machine/backend-choice.ts";
import type { EvaluateOptions } from "./evaluate-command.ts";
import type { PredictOptions } from "./predict-command.ts";

const modelArgument =
  "a Tatami model file, an ONNX file, TensorFlow.js' model.json, or a folder that tatami train --out made";
const dataArgument =
  "a folder: of images for each class, once or in train and test, of Parquet, IDX or CIFAR's .bin files; or a Parquet file";

export function addModelCommands(program: Command, finish: (exitCode: number) => void): void {
  withBackend(program.command("predict"))
    .summary("show what a model sees in images")
    .description("Shows a model's best guesses for images, PNG or JPEG.")
    .argument("<model>", modelArgument)
    .argument("<images...>", 'files, folders, patterns such as "*.png", or - for the standard input')
    .option("--top <count>", "guesses to show (default: 3)", count("--top"))
    .option("--invert", "the images are dark on bright, the model's were bright on dark")
    .option("--centre", "cut the digit out, fit and centre it as MNIST's makers did: for photographs")
    .option(
      "--shape <sizes>",
      "channels, height, width, where the file does not say (default: 1,28,28)",
      counts("--shape"),
    )
    .action(async (model: string, images: string[], options: PredictOptions) => {
      const { predictCommand } = await import("./predict-command.ts");
      finish(await predictCommand(model, images, options));
    });

  withBackend(program.command("evaluate"))
    .summary("show how good a model is, class by class")
    .description("Shows a model's accuracy, by class, what it confuses, and whether its probabilities can be believed.")
    .argument("<model>", modelArgument)
    .option("--data <name>", `mnist, fashion-mnist, or ${dataArgument}`, "mnist")
    .option("--split <name>", "test or train (default: test where it is there)")
    .option("--limit <count>", "the first images only; of a folder of images, of each class", count("--limit"))
    .option(
      "--shape <sizes>",
      "channels, height, width, where the file does not say (default: 1,28,28)",
      counts("--shape"),
    )
    .action(async (model: string, options: EvaluateOptions) => {
      const { evaluateCommand } = await import("./evaluate-command.ts");
      finish(await evaluateCommand(model, options));
    });

  const data = program
    .command("data")
    .summary("show what is in a folder of data")
    .description("Shows what is in a folder of data.")
    .helpOption("-h, --help", "print this help");
  data
    .command("info")
    .summary("count classes, shapes and values")
    .argument("<data>", `mnist, fashion-mnist, or ${dataArgument}`)
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (name: string, options: DataInfoOptions) => {
      const { dataInfoCommand } = await import("../data/data-info-command.ts");
      finish(await dataInfoCommand(name, options));
    });
  data
    .command("preview")
    .summary("draw some images")
    .argument("<data>", `mnist, fashion-mnist, or ${dataArgument}`)
    .option("--split <name>", "train or test (default: the first there is)")
    .option("--count <count>", "images to draw (default: 6)", count("--count"))
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help")
    .action(async (name: string, options: DataPreviewOptions) => {
      const { dataPreviewCommand } = await import("../data/data-preview-command.ts");
      finish(await dataPreviewCommand(name, options));
    });
}

function withBackend(command: Command): Command {
  return command
    .option("--backend <name>", `${backendChoices.join(", ")}: auto takes native, else wasm`)
    .option("--threads <count>", "at most so many threads (default: the backend's choice)", count("--threads"))
    .option("--json", "print one JSON object and nothing else")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "print this help");
}
