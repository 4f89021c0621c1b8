// `tatami lr-find`: trains a net through rising learning rates and shows where its loss falls fastest.
import { setPrecision } from "tatamijs/tensor";
import { findLearningRate, type LearningRateFinding } from "tatamijs/tools";
import { defaultNet, optimizers } from "tatamijs-course/nets";
import { interrupted, interruptible } from "../command/interrupt.ts";
import { chart } from "../drawing/chart.ts";
import { linearScale } from "../drawing/chart-scale.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { chooseBackend } from "../machine/backend-choice.ts";
import { ownData } from "./own-data.ts";
import { type TrainOptions, trainRequest } from "./train-request.ts";
import { materialFor } from "./training.ts";

export interface LearningRateCommandOptions
  extends Pick<
    TrainOptions,
    "hidden" | "optimizer" | "batchSize" | "seed" | "backend" | "threads" | "trainSize" | "data" | "json"
  > {
  from?: number;
  to?: number;
  steps?: number;
}

/** @returns the exit code */
export async function learningRateCommand(
  netName: string | undefined,
  { from, to, steps, ...options }: LearningRateCommandOptions,
): Promise<number> {
  const own = await ownData(options);
  const request = trainRequest(netName ?? defaultNet, { ...options, testSize: 1 }, null, own?.input);
  setPrecision(request.precision);
  const choice = await chooseBackend(request);
  if (choice.notice !== null) console.error(`tatami: ${choice.notice}`);
  const { model, data } = await materialFor(request, own);
  const { optimizer, lr, batchSize } = request.settings;
  const rule = optimizers[optimizer].create(model.parameters(), lr);
  let stopped = false;
  const found = await interruptible(async (signal) => {
    const run = { model, optimizer: rule, data, batchSize, replacement: own === null, seed: request.seed };
    const finding = await findLearningRate({ ...run, backend: choice.name, signal, from, to, steps });
    stopped = signal.aborted;
    return finding;
  });
  const output = terminalOf(process.stdout);
  output.write(
    options.json ? `${JSON.stringify({ net: request.name, ...found })}\n` : text(found, request.name, output),
  );
  return stopped ? interrupted : 0;
}

function text({ rates, smoothed, suggestion }: LearningRateFinding, name: string, look: Terminal): string {
  const { colors, columns } = look;
  const lowest = Math.min(...smoothed);
  // what runs away would flatten all the rest
  const ceiling = Math.max(smoothed[0], lowest) * 1.2;
  const points = smoothed.map((loss, step) => ({ x: step, y: Math.min(loss, ceiling) }));
  const at = (step: number): string => (rates[step] ?? Number.NaN).toPrecision(1);
  const curve = { name: "loss", points, dotted: false, paint: colors.green };
  const drawn =
    rates.length < 3 ? [] : chart([curve], { columns, rows: 12, scale: linearScale, xLabel: "steps", colors });
  const advice =
    suggestion === null
      ? "  the loss falls nowhere: other rates, more steps, or something is wrong with the net"
      : `  the loss falls fastest at ${colors.bold(suggestion.toPrecision(2))}: tatami train ${name} --lr ${suggestion.toPrecision(2)}`;
  const range = `  rates from ${at(0)} to ${at(rates.length - 1)}, each a fixed factor above the one before`;
  return ["", ...drawn, "", colors.dim(range), advice, "", ""].join("\n");
}
