// `tatami train --profile`: measures the calls of a step instead of training.
import { profile } from "tatamijs/tools";
import { optimizers } from "tatamijs-course/nets";
import type { Terminal } from "../drawing/terminal.ts";
import { lossOf } from "./loss-choice.ts";
import { profileReport } from "./profile-report.ts";
import type { TrainOptions, TrainRequest } from "./train-request.ts";
import type { Material } from "./training.ts";

/** @returns the exit code */
export async function profileTraining(
  request: TrainRequest,
  { model, data }: Material,
  backend: string,
  { json }: Pick<TrainOptions, "json">,
  output: Terminal,
): Promise<number> {
  const { optimizer, lr, batchSize } = request.settings;
  const { clipNorm, clipValue } = request.features;
  const found = await profile({
    model,
    loss: lossOf(request.features, data),
    optimizer: optimizers[optimizer].create(model.parameters(), lr),
    data,
    batchSize,
    clipNorm,
    clipValue,
    backend,
  });
  output.write(json ? `${JSON.stringify({ net: request.name, ...found })}\n` : profileReport(request, found, output));
  return 0;
}
