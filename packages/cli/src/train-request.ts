// What `tatami train` is asked to do: the net's own settings, changed by what the command line says.
import type { Precision } from "tatamijs/compile";
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
import { type BackendRequest, backendChoices } from "./backend-choice.ts";
import { known } from "./known-name.ts";
import { UsageError } from "./usage-error.ts";

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

export interface TrainOptions extends ModelOptions {
  iterations?: number;
  epochs?: number;
  seed: number;
  backend?: string;
  threads?: number;
  precision?: string;
  trainSize?: number;
  testSize?: number;
  evaluateEvery?: number;
  data?: string;
  quiet?: boolean;
}

type Lengths = Pick<NetSettings, "iterations" | "trainSize" | "testSize" | "evaluateEvery">;

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

export interface TrainRequest extends ModelRequest, BackendRequest {
  readonly precision: Precision;
  readonly seed: number;
  readonly directory: string | undefined;
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

/** @throws UsageError as modelRequest, and for an unknown backend, or both of iterations and epochs */
export function trainRequest(netName: string, options: TrainOptions): TrainRequest {
  const { seed, epochs, data, threads } = options;
  if (epochs !== undefined && options.iterations !== undefined) {
    throw new UsageError("--epochs and --iterations both set the length, got both, expected one of them");
  }
  const backend = known("backend", options.backend ?? "auto", backendChoices);
  const precision = known("precision", options.precision ?? "fast", precisions);
  const { settings } = nets[known("net", netName, netNames)];
  const { trainSize = settings.trainSize, testSize = settings.testSize, batchSize = settings.batchSize } = options;
  const { evaluateEvery = settings.evaluateEvery, iterations = settings.iterations } = options;
  const length = epochs === undefined ? iterations : epochs * Math.ceil(trainSize / batchSize);
  const request = modelRequest(netName, options, { iterations: length, trainSize, testSize, evaluateEvery });
  return { ...request, seed, backend, threads, precision, directory: data };
}
