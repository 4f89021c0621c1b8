// A model as the user names it: a Tatami model file, or the folder of checkpoints that `tatami train --out` filled.
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Checkpoint, listCheckpoints, readCheckpoint } from "tatamijs/checkpoint";
import { readSafetensors } from "tatamijs/formats";
import { load, loadWeights, type Preprocessing } from "tatamijs/model-file";
import type { Module } from "tatamijs/nn";
import { imageShape } from "tatamijs-course/nets";
import { nearestPath } from "./nearest-path.ts";
import { askedOf } from "./resumption.ts";
import { modelRequest } from "./train-request.ts";
import { UsageError } from "./usage-error.ts";

export interface StoredModel {
  /** as it was named, with the step of a checkpoint */
  readonly name: string;
  readonly model: Module;
  /** [C, H, W] of the images it takes */
  readonly imageShape: readonly [number, number, number];
  readonly preprocessing: Preprocessing;
}

/**
 * @param shape [C, H, W] where the file does not say; default that of MNIST
 * @throws UsageError where there is nothing of that name, or its input is no image
 * @throws DataError where the file or checkpoint is damaged
 */
export async function storedModel(path: string, shape: readonly number[] = imageShape): Promise<StoredModel> {
  const status = await stat(path).catch(() => null);
  if (status === null) {
    const meant = await nearestPath(path, "a model file or a folder that tatami train --out made");
    throw new UsageError(`no model ${path}, got nothing there, ${meant}`);
  }
  if (status.isDirectory()) return fromFolder(path);
  const { model, inputShape, mean, std, classNames } = await load(path);
  const [channels, height, width, ...more] = inputShape ?? shape;
  if (width === undefined || more.length > 0) {
    throw new UsageError(
      `${path} takes no images, got an input of [${(inputShape ?? shape).join(", ")}], expected [C, H, W]`,
    );
  }
  return { name: path, model, imageShape: [channels, height, width], preprocessing: { mean, std, classNames } };
}

async function fromFolder(path: string): Promise<StoredModel> {
  // a checkpoint's own folder stands for itself
  const [, digits] = /^step-(\d+)$/.exec(basename(path)) ?? [];
  const directory = digits === undefined ? path : dirname(path);
  const steps = await listCheckpoints(directory);
  if (steps.length === 0) {
    throw new UsageError(
      `no model in ${path}, got no checkpoint, expected a model file or a folder that tatami train --out made`,
    );
  }
  const checkpoint = await readCheckpoint(directory, {
    step: digits === undefined ? undefined : Number(digits),
    advice: (step) => `name ${join(directory, `step-${String(step).padStart(8, "0")}`)}`,
  });
  return { name: `${path}, step ${checkpoint.step}`, model: await modelOf(checkpoint), imageShape, preprocessing: {} };
}

/** The net that was trained; with --ema its averages, which the run was evaluated with. */
async function modelOf(checkpoint: Checkpoint): Promise<Module> {
  const { net: name, options } = askedOf(checkpoint);
  const { net, hidden, choices } = modelRequest(name, options);
  const model = net.build(hidden, choices).initialize(0);
  const { files, path } = checkpoint;
  await loadWeights(model, files.get("model.safetensors")!, { source: `${path}/model.safetensors` });
  if (options.ema !== undefined && checkpoint.step > 0) {
    const source = `${path}/slots.safetensors`;
    const { tensors } = await readSafetensors(files.get("slots.safetensors")!, { source });
    for (const [index, parameter] of model.parameters().entries()) {
      const average = tensors[`average.${index}`];
      if (average === undefined)
        throw new UsageError(`${source} has no average.${index}, got none, expected that of --ema`);
      parameter.set(average.values);
    }
  }
  return model.eval();
}
