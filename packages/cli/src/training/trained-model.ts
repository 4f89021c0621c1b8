// A model to be exported, out of a file or out of the run that trained it. Nothing is trained here.
import { basename, dirname, resolve } from "node:path";
import type { Checkpoint } from "tatamijs/checkpoint";
import { type ArrayMap, readSafetensors } from "tatamijs/formats";
import { load, type Preprocessing, weightsOf } from "tatamijs/model-file";
import type { Module } from "tatamijs/nn";
import { loadOnnx } from "tatamijs/onnx";
import { inPlainLayers } from "tatamijs-course/nets";
import { loadLayersModel } from "tatamijs-formats";
import { existing } from "../command/existing-path.ts";
import { UsageError } from "../command/usage-error.ts";
import { checkpointAt, checkpointModel } from "../model/checkpoint-model.ts";
import { beginOf, isOnnx, layersModelPath } from "../model/file-kind.ts";

export interface TrainedModel extends Preprocessing {
  /** of the file or folder, without its ending */
  readonly name: string;
  /** null where the file holds weights alone */
  readonly model: Module | null;
  /** by PyTorch's names */
  readonly weights: ArrayMap;
  readonly metadata: Readonly<Record<string, string>>;
  /** of the checkpoint; null for a file */
  readonly step: number | null;
  /** whether the weights are the moving averages of a run with --ema, by which it was evaluated */
  readonly averaged: boolean;
}

/**
 * @param path a safetensors or ONNX file, TensorFlow.js' model.json, a folder that `tatami train --out` made, or that of one of its
 * checkpoints
 * @param step of the checkpoint; the newest where it is left out
 * @param options whether a model of others gives scores where it gave probabilities
 * @throws UsageError where there is nothing, or a step is asked of a file
 * @throws DataError where it is damaged
 */
export async function trainedModel(
  path: string,
  step: number | undefined,
  { logits = false }: { readonly logits?: boolean } = {},
): Promise<TrainedModel> {
  const directory = existing(path).isDirectory();
  const layers = await layersModelPath(path);
  if (layers !== null) {
    expectNoStep(path, step);
    return fromLayersModel(layers, basename(dirname(resolve(layers))), logits);
  }
  if (directory) {
    const checkpoint = await checkpointAt(path, step, (good) => `--step ${good}`);
    return fromCheckpoint(checkpoint, basename(resolve(path)));
  }
  expectNoStep(path, step);
  const name = basename(path).replace(/\.[^.]+$/, "");
  if (isOnnx(await beginOf(path))) {
    const { model, output: _name, ...rest } = await loadOnnx(path, { logits });
    return { name, model, weights: await weightsOf(model), step: null, averaged: false, ...rest };
  }
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.tatami === undefined) {
    return { name, model: null, weights: tensors, metadata, step: null, averaged: false };
  }
  const { model, ...rest } = await load(path);
  return { name, model, weights: await weightsOf(model), step: null, averaged: false, ...rest };
}

function expectNoStep(path: string, step: number | undefined): void {
  if (step === undefined) return;
  throw new UsageError(`--step is for a folder of checkpoints, got it with ${path}, expected it alone`);
}

/** Named after its folder: the file is always called model.json. */
async function fromLayersModel(path: string, name: string, logits: boolean): Promise<TrainedModel> {
  const { model, inputShape } = await loadLayersModel(path, { logits });
  return { name, model, weights: await weightsOf(model), metadata: {}, step: null, averaged: false, inputShape };
}

async function fromCheckpoint(checkpoint: Checkpoint, name: string): Promise<TrainedModel> {
  const { model: trained, net, preprocessing, averaged } = await checkpointModel(checkpoint);
  // other programs do not know the book's layers, nor that its dropout scales at the test
  const model = inPlainLayers(trained);
  const metadata = { net, step: String(checkpoint.step) };
  const weights = await weightsOf(model);
  return { name, model, weights, metadata, step: checkpoint.step, averaged, ...preprocessing };
}
