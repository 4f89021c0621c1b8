// What `tatami train` is asked to do: the net's own settings, changed by what the command line says.
import type { Precision } from "tatamijs/compile";
import type { ChannelStatistics } from "tatamijs/data";
import { precisions } from "tatamijs/tensor";
import {
  activationNames,
  defaultHidden,
  initNames,
  type MlpChoices,
  type Net,
  type NetName,
  type NetSettings,
  netNames,
  nets,
  optimizerNames,
  optimizers,
  type Penalties,
} from "tatamijs-course/nets";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { type BackendRequest, backendChoices } from "../machine/backend-choice.ts";
import { schedulerOf } from "./scheduler-choice.ts";

/** Options that describe a model and its optimiser, shared by train and summary. */
export interface ModelOptions {
  hidden?: readonly number[];
  activation?: string;
  init?: string;
  batchNorm?: boolean;
  dropout?: number;
  l1?: number;
  l2?: number;
  optimizer?: string;
  lr?: number;
  batchSize?: number;
  json?: boolean;
}

/** How the course's step is changed; all of it leaves the published outcomes behind. */
export interface FeatureOptions {
  /** see scheduler-choice.ts */
  scheduler?: string;
  warmup?: number;
  clipNorm?: number;
  clipValue?: number;
  accumulate?: number;
  ema?: number;
  earlyStopping?: number;
  labelSmoothing?: number;
  /** "balanced", or a number for each class with commas between */
  classWeights?: string;
  overfitBatch?: boolean;
}

export interface TrainOptions extends ModelOptions, FeatureOptions {
  iterations?: number;
  epochs?: number;
  seed?: number;
  backend?: string;
  threads?: number;
  precision?: string;
  trainSize?: number;
  testSize?: number;
  evaluateEvery?: number;
  data?: string;
  /** of data of one's own without a test split, the share to test on */
  validation?: number;
  /** height and width that images are brought to, or one number for both */
  imageSize?: readonly number[];
  /** take each channel's mean off and divide by its deviation */
  normalize?: boolean;
  /** read images while training; default: where they do not fit into memory */
  stream?: boolean;
  quiet?: boolean;
  dryRun?: boolean;
  /** measure a step instead of training */
  profile?: boolean;
  /** folder for checkpoints and logs of a new run */
  out?: string;
  /** folder of a run to go on with */
  resume?: string;
  fromStep?: number;
  checkpointEvery?: number;
  keep?: number;
}

type Lengths = Pick<NetSettings, "iterations" | "trainSize" | "testSize" | "evaluateEvery">;

/** Data of the user's own, as far as a net and its report are concerned. */
export interface OwnInput {
  /** as it was given */
  readonly name: string;
  /** [C, H, W] */
  readonly imageShape: readonly [number, number, number];
  readonly classes: number;
  /** [K]; null where classes have numbers only */
  readonly classNames: readonly string[] | null;
  /** per channel; null where pixels are in [0, 1] */
  readonly normalization: ChannelStatistics | null;
  readonly images: number;
  readonly testImages: number;
  readonly streamed: boolean;
  /** whether in memory, and why */
  readonly residence: string;
}

/** A net with its settings, as asked for. */
export interface ModelRequest {
  readonly name: NetName;
  readonly net: Net;
  readonly hidden: readonly number[];
  /** of the mlp: what differs from the exercise's */
  readonly choices: MlpChoices;
  readonly penalties: Penalties;
  readonly settings: NetSettings;
  /** whether all of it is as the course had it, so that outcomes compare */
  readonly asPublished: boolean;
}

/** Where a run writes checkpoints. */
export interface CheckpointRequest {
  readonly directory: string;
  readonly every: number;
  readonly keep: number | undefined;
  /** the step to go on from; null for a new run */
  readonly from: number | null;
}

export interface TrainRequest extends ModelRequest, BackendRequest {
  readonly features: FeatureOptions;
  readonly checkpoint: CheckpointRequest | null;
  readonly precision: Precision;
  readonly seed: number;
  readonly directory: string | undefined;
  /** null for MNIST */
  readonly input: OwnInput | null;
  /** how it was asked for, where input is the user's own */
  readonly inputOptions: Pick<TrainOptions, "validation" | "imageSize" | "normalize" | "stream">;
}

/**
 * @param lengths what else changes the net's settings
 * @throws UsageError for an unknown net or optimiser, or --hidden for a net without such layers
 */
export function modelRequest(netName: string, options: ModelOptions, lengths: Partial<Lengths> = {}): ModelRequest {
  const name = known("net", netName, netNames);
  const net: Net = nets[name];
  const alone = mlpOptions.find(([key]) => options[key] !== undefined);
  if (alone !== undefined && name !== "mlp") {
    throw new UsageError(`${alone[1]} is for the mlp only, got it with ${name}`);
  }
  const choices = choicesOf(options);
  const penalties = { l1: options.l1 ?? 0, l2: options.l2 ?? 0 };
  const { hidden = defaultHidden, batchSize = net.settings.batchSize } = options;
  const optimizer = known("optimiser", options.optimizer ?? net.settings.optimizer, optimizerNames);
  const usual = optimizer === net.settings.optimizer ? net.settings.lr : optimizers[optimizer].lr;
  const settings = { ...net.settings, ...lengths, optimizer, lr: options.lr ?? usual, batchSize };
  const changed = (Object.keys(settings) as (keyof NetSettings)[]).filter((key) => settings[key] !== net.settings[key]);
  const asPublished =
    changed.every((key) => key === "evaluateEvery") &&
    hidden.join() === defaultHidden.join() &&
    Object.keys(choices).length === 0 &&
    penalties.l1 === 0 &&
    penalties.l2 === 0;
  return { name, net, hidden, choices, penalties, settings, asPublished };
}

/** Options that only the mlp has, as keys and as they are typed. */
const mlpOptions = [
  ["hidden", "--hidden"],
  ["activation", "--activation"],
  ["init", "--init"],
  ["batchNorm", "--batch-norm"],
  ["dropout", "--dropout"],
] as const satisfies readonly (readonly [keyof ModelOptions, string])[];

function choicesOf({ activation, init, batchNorm, dropout }: ModelOptions): MlpChoices {
  return {
    ...(activation !== undefined && { activation: known("activation", activation, activationNames) }),
    ...(init !== undefined && { init: known("initial values", init, initNames) }),
    ...(batchNorm && { batchNorm: "before" as const }),
    ...(dropout !== undefined && { dropout }),
  };
}

const featureNames = [
  "scheduler",
  "warmup",
  "clipNorm",
  "clipValue",
  "accumulate",
  "ema",
  "earlyStopping",
  "labelSmoothing",
  "classWeights",
  "overfitBatch",
] as const satisfies readonly (keyof FeatureOptions)[];

const defaultCheckpointEvery = 100;

/** Steps between evaluations of data of one's own: an epoch, but no fewer. */
const fewestBetweenEvaluations = 10;

/**
 * @param from the step of a checkpoint to go on from
 * @param input the data, where they are not MNIST
 * @throws UsageError as modelRequest, for an unknown backend or schedule, or options that do not go together
 */
export function trainRequest(
  netName: string,
  options: TrainOptions,
  from: number | null = null,
  input: OwnInput | null = null,
): TrainRequest {
  const { seed = 1, epochs, data, threads, dryRun = false } = options;
  expectTogether(options);
  const backend = known("backend", options.backend ?? "auto", backendChoices);
  const precision = known("precision", options.precision ?? "fast", precisions);
  const { settings } = nets[known("net", netName, netNames)];
  const { batchSize = settings.batchSize, accumulate = 1 } = options;
  const within = (size: number): number => (dryRun ? Math.min(size, batchSize) : size);
  const trainSize = within(input?.images ?? options.trainSize ?? settings.trainSize);
  const testSize = within(input?.testImages ?? options.testSize ?? settings.testSize);
  const epoch = Math.ceil(Math.ceil(trainSize / batchSize) / accumulate);
  const usualEvery = input === null ? settings.evaluateEvery : Math.max(fewestBetweenEvaluations, epoch);
  const { evaluateEvery = usualEvery, iterations = settings.iterations } = options;
  const asked = epochs === undefined ? iterations : Math.ceil((epochs * Math.ceil(trainSize / batchSize)) / accumulate);
  const lengths = { iterations: dryRun ? 1 : asked, trainSize, testSize, evaluateEvery };
  const request = modelRequest(netName, options, lengths);
  const features: FeatureOptions = Object.fromEntries(
    featureNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  // says what is wrong with it before anything begins
  schedulerOf(features.scheduler, features.warmup ?? 0, lengths.iterations);
  const directory = options.resume ?? options.out;
  const { checkpointEvery: every = defaultCheckpointEvery, keep } = options;
  return {
    ...request,
    asPublished: input === null && request.asPublished && Object.keys(features).length === 0,
    features,
    checkpoint: directory === undefined ? null : { directory, every, keep, from },
    seed,
    backend,
    threads,
    precision,
    directory: data,
    input,
    inputOptions: input === null ? {} : inputOptionsOf(options, input),
  };
}

/** In full: what was left to the data when a run began must not change when it goes on. */
function inputOptionsOf(
  { validation, normalize }: TrainOptions,
  { imageShape, streamed }: OwnInput,
): TrainRequest["inputOptions"] {
  return {
    ...(validation === undefined ? {} : { validation }),
    ...(normalize ? { normalize } : {}),
    imageSize: imageShape.slice(1),
    stream: streamed,
  };
}

/** What a run is asked for, in full: later defaults may be others. @param backend the one that runs */
export function notedOptions({ name, hidden, settings, ...request }: TrainRequest, backend: string): TrainOptions {
  const { choices, penalties, features, seed, precision, directory, checkpoint, inputOptions } = request;
  const { batchNorm, ...otherChoices } = choices;
  return {
    ...(name === "mlp" ? { hidden } : {}),
    ...otherChoices,
    ...(batchNorm === undefined ? {} : { batchNorm: true }),
    ...(penalties.l1 === 0 ? {} : { l1: penalties.l1 }),
    ...(penalties.l2 === 0 ? {} : { l2: penalties.l2 }),
    ...settings,
    ...features,
    seed,
    backend,
    precision,
    ...(directory === undefined ? {} : { data: directory }),
    ...inputOptions,
    ...(checkpoint === null ? {} : { checkpointEvery: checkpoint.every }),
    ...(checkpoint?.keep === undefined ? {} : { keep: checkpoint.keep }),
  };
}

/** @throws UsageError for options that exclude or need each other */
export function expectTogether(options: TrainOptions): void {
  const refuse = (what: string, got: string, expected: string): never => {
    throw new UsageError(`${what}, got ${got}, expected ${expected}`);
  };
  const { epochs, iterations, out, resume, fromStep, checkpointEvery, keep, dryRun } = options;
  if (epochs !== undefined && iterations !== undefined) {
    refuse("--epochs and --iterations both set the length", "both", "one of them");
  }
  if (out !== undefined && resume !== undefined) {
    refuse("--out begins a run and --resume goes on with one", "both", "one of them");
  }
  if (dryRun && (out ?? resume) !== undefined) {
    refuse("--dry-run writes nothing", out === undefined ? "it with --resume" : "it with --out", "one of them");
  }
  if (options.profile && (out ?? resume) !== undefined) {
    refuse("--profile writes nothing", out === undefined ? "it with --resume" : "it with --out", "one of them");
  }
  if (fromStep !== undefined && resume === undefined) refuse("--from-step is for --resume", "it alone", "both");
  if ((checkpointEvery ?? keep) !== undefined && (out ?? resume) === undefined) {
    const name = checkpointEvery === undefined ? "--keep" : "--checkpoint-every";
    refuse(`${name} is for a run with checkpoints`, "it alone", "--out or --resume beside it");
  }
}
