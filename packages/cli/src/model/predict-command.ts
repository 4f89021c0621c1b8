// `tatami predict`: what a model sees in images, its best guesses with bars.
import { predict } from "tatamijs/train";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { type BackendWish, backendChoices, chooseBackend } from "../machine/backend-choice.ts";
import { imageInputs, standardInput } from "./image-inputs.ts";
import { looksInverted, modelInput, preparedImage } from "./prepared-images.ts";
import { storedModel } from "./stored-model.ts";

export interface PredictOptions {
  top?: number;
  invert?: boolean;
  centre?: boolean;
  shape?: number[];
  backend?: string;
  threads?: number;
  json?: boolean;
}

export interface Guess {
  readonly class: string;
  readonly probability: number;
}

export interface ImagePrediction {
  readonly image: string;
  /** the likeliest first */
  readonly guesses: readonly Guess[];
}

/** Images decoded and computed at once. */
const chunk = 100;

/** @returns the exit code */
export async function predictCommand(path: string, names: readonly string[], options: PredictOptions): Promise<number> {
  const { top = 3, json } = options;
  const inputs = await imageInputs(names);
  const backend: BackendWish = known("backend", options.backend ?? "auto", backendChoices);
  const { model, imageShape, preprocessing } = await storedModel(path, options.shape);
  const preparation = { imageShape, invert: options.invert === true, centre: options.centre === true };
  const choice = await chooseBackend({ backend, threads: options.threads });
  const predictions: ImagePrediction[] = [];
  let inverted = 0;
  for (let begin = 0; begin < inputs.length; begin += chunk) {
    const part = inputs.slice(begin, begin + chunk);
    const images = [];
    for (const input of part) images.push(await preparedImage(input, preparation));
    inverted += images.filter(looksInverted).length;
    const pixels = modelInput(images, preprocessing);
    const { probabilities, classes } = await predict(model, { images: pixels, imageShape }, { backend: choice.name });
    const classNames = namesOf(path, preprocessing.classNames, classes);
    for (const [index, input] of part.entries()) {
      const row = probabilities.subarray(index * classes, (index + 1) * classes);
      predictions.push({ image: input, guesses: guessesOf(row, classNames).slice(0, top) });
    }
  }
  // only where pixels were not normalised do black and white mean what they do in MNIST
  if (inverted > 0 && imageShape[0] === 1 && preprocessing.classNames === undefined && !preparation.invert) {
    const some = inverted === inputs.length ? "" : `${inverted} of ${inputs.length} `;
    console.error(
      `tatami: ${some}images look like dark ink on bright paper, MNIST's are bright on black: try --invert --centre`,
    );
  }
  const output = terminalOf(process.stdout);
  output.write(json ? `${JSON.stringify({ model: path, predictions })}\n` : predictionText(predictions, output));
  return 0;
}

function guessesOf(probabilities: Float32Array, classNames: readonly string[]): Guess[] {
  return Array.from(probabilities, (probability, index) => ({ class: classNames[index], probability })).sort(
    (a, b) => b.probability - a.probability,
  );
}

/** @throws UsageError where the names do not fit the scores */
export function namesOf(path: string, classNames: readonly string[] | undefined, classes: number): readonly string[] {
  if (classNames === undefined) return Array.from({ length: classes }, (_, index) => String(index));
  if (classNames.length === classes) return classNames;
  throw new UsageError(`${path} has ${classNames.length} class names, got ${classes} scores, expected as many`);
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A share in [0, 1] as a bar of at most `width` characters. */
export function bar(value: number, width: number): string {
  const parts = Math.round(value * width * 8);
  return "█".repeat(Math.floor(parts / 8)) + eighths[parts % 8];
}

function predictionText(predictions: readonly ImagePrediction[], { colors }: Pick<Terminal, "colors">): string {
  const { bold, dim, green } = colors;
  const width = Math.max(...predictions.flatMap(({ guesses }) => guesses.map((guess) => guess.class.length)));
  const blocks = predictions.map(({ image, guesses }) => {
    const lines = guesses.map((guess, index) => {
      const drawn = bar(guess.probability, 30).padEnd(31);
      const percent = `${(100 * guess.probability).toFixed(1).padStart(5)} %`;
      const name = guess.class.padEnd(width);
      return index === 0 ? `  ${bold(name)}  ${green(drawn)}${bold(percent)}` : `  ${name}  ${dim(drawn)}${percent}`;
    });
    return [dim(image === standardInput ? "standard input" : image), ...lines].join("\n");
  });
  return `\n${blocks.join("\n\n")}\n\n`;
}
