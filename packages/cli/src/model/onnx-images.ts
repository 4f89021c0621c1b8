// A network of an ONNX file as the commands use one: from images [N, C, H, W] to scores [N, K]. Exporters have other layouts
// too, and end in probabilities.
import type { Preprocessing } from "tatamijs/model-file";
import { Flatten, Module, Sequential } from "tatamijs/nn";
import { loadOnnx } from "tatamijs/onnx";
import { transpose } from "tatamijs/ops";
import type { Tensor } from "tatamijs/tensor";
import { UsageError } from "../command/usage-error.ts";

export interface OnnxImages {
  readonly model: Module;
  /** [C, H, W] */
  readonly imageShape: readonly [number, number, number];
  readonly preprocessing: Preprocessing;
}

/** [N, C, H, W] → [N, H, W, C], as TensorFlow has images. */
class ChannelsLast extends Module {
  override forward(x: Tensor): Tensor {
    return transpose(x, [0, 2, 3, 1]);
  }
}

/** Of grey and coloured images, with and without opacity. */
const channelCounts = [1, 3, 4];

/**
 * @param shape [C, H, W] where the file does not say, or takes pixels in one row
 * @throws UsageError where it takes no images
 * @throws DataError where the file is damaged, or has operators that are not supported
 */
export async function onnxImages(path: string, shape: readonly number[]): Promise<OnnxImages> {
  const { model, inputShape = shape, mean, std, classNames } = await loadOnnx(path, { logits: true });
  const preprocessing = { mean, std, classNames };
  const [first, second, third, ...more] = inputShape;
  const [channels, height, width] = shape;
  if (model.inputs.length !== 1) {
    const names = model.inputs.map(({ name }) => name).join(", ");
    throw new UsageError(`${path} takes more than images, got the inputs ${names || "none"}, expected one`);
  }
  if (second === undefined && first === channels * height * width) {
    return { model: new Sequential(new Flatten(), model), imageShape: [channels, height, width], preprocessing };
  }
  if (third === undefined || more.length > 0) {
    throw new UsageError(
      `${path} takes no images, got an input of [${inputShape.join(", ")}], expected [C, H, W], [H, W, C] or ${shape.join(" · ")} pixels (see --shape)`,
    );
  }
  if (channelCounts.includes(third) && !channelCounts.includes(first)) {
    return { model: new Sequential(new ChannelsLast(), model), imageShape: [third, first, second], preprocessing };
  }
  return { model, imageShape: [first, second, third], preprocessing };
}
