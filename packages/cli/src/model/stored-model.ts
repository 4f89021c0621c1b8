// A model as the user names it: a Tatami model file, an ONNX file, TensorFlow.js' model.json, or the folder of checkpoints
// that `tatami train --out` filled.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { listCheckpoints } from "tatamijs/checkpoint";
import { load, type Preprocessing } from "tatamijs/model-file";
import { Flatten, type Module, Sequential } from "tatamijs/nn";
import { imageShape } from "tatamijs-course/nets";
import { loadLayersModel } from "tatamijs-formats";
import { nearestPath } from "../command/nearest-path.ts";
import { UsageError } from "../command/usage-error.ts";
import { checkpointAt, checkpointModel, placeOfCheckpoint } from "./checkpoint-model.ts";
import { beginOf, isOnnx, layersModelPath } from "./file-kind.ts";
import { onnxImages } from "./onnx-images.ts";

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
  const layers = await layersModelPath(path);
  if (layers !== null) return fromLayersModel(layers, shape);
  if (status.isDirectory()) return fromFolder(path);
  if (isOnnx(await beginOf(path))) return { name: path, ...(await onnxImages(path, shape)) };
  const { model, inputShape, mean, std, classNames } = await load(path);
  const [channels, height, width, ...more] = inputShape ?? shape;
  if (width === undefined || more.length > 0) {
    throw new UsageError(
      `${path} takes no images, got an input of [${(inputShape ?? shape).join(", ")}], expected [C, H, W]`,
    );
  }
  return { name: path, model, imageShape: [channels, height, width], preprocessing: { mean, std, classNames } };
}

/** Its outputs as scores, which predict makes probabilities of. */
async function fromLayersModel(path: string, shape: readonly number[]): Promise<StoredModel> {
  const { model, inputShape } = await loadLayersModel(path, { logits: true });
  if (inputShape.length === 3) {
    return { name: path, model, imageShape: inputShape as [number, number, number], preprocessing: {} };
  }
  const [channels, height, width] = shape;
  // grey pixels come in one order only
  if (channels !== 1 || height * width !== inputShape[0]) {
    throw new UsageError(
      `${path} takes no images, got an input of [${inputShape.join(", ")}], expected [C, H, W] or the pixels of --shape 1,H,W`,
    );
  }
  const flat = new Sequential(new Flatten(), model).eval();
  return { name: path, model: flat, imageShape: [channels, height, width], preprocessing: {} };
}

async function fromFolder(path: string): Promise<StoredModel> {
  const { directory, step } = placeOfCheckpoint(path);
  const steps = await listCheckpoints(directory);
  if (steps.length === 0) {
    throw new UsageError(
      `no model in ${path}, got no checkpoint, expected a model file or a folder that tatami train --out made`,
    );
  }
  const advice = (good: number): string => `name ${join(directory, `step-${String(good).padStart(8, "0")}`)}`;
  const checkpoint = await checkpointAt(path, step, advice);
  const { model, preprocessing } = await checkpointModel(checkpoint);
  const { inputShape } = preprocessing;
  return { name: `${path}, step ${checkpoint.step}`, model, imageShape: inputShape, preprocessing };
}
