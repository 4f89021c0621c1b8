// Data sets out of pairs of IDX arrays: MNIST's layout, whatever the images' size and the number of classes.
import type { Idx } from "../formats/idx.ts";
import { DataError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import { checkedLabels, type Dataset, scalePixels } from "./dataset.ts";

export interface IdxDatasetOptions {
  /** number of classes; default one more than the largest label */
  classes?: number | undefined;
  /** default: the source of the images */
  name?: string | undefined;
}

/**
 * A data set of uint8 images [N, H, W] or [N, C, H, W], scaled to [0, 1], and integer labels [N].
 * @throws DataError where dtype or axes are others, the files differ in their records or a label is out of range
 */
export function idxDataset(images: Idx, labels: Idx, options: IdxDatasetOptions = {}): Dataset {
  const { classes, name = images.source } = options;
  const axes = images.shape.length;
  if (images.dtype !== "uint8" || axes < 3 || axes > 4) {
    throw new DataError(
      `idxDataset: ${images.source} holds no images, got ${images.dtype} ${formatShape(images.shape)}, expected uint8 [N, H, W] or [N, C, H, W]`,
      images.source,
    );
  }
  if (labels.shape.length !== 1) {
    throw new DataError(
      `idxDataset: ${labels.source} holds no labels, got ${labels.dtype} ${formatShape(labels.shape)}, expected integers [N]`,
      labels.source,
    );
  }
  if (images.records !== labels.records || images.shape[0] !== labels.shape[0]) {
    const read = (idx: Idx): string => `${idx.shape[0]} of ${idx.records} in ${idx.source}`;
    throw new DataError(
      `idxDataset: images and labels differ in number, got ${read(images)} and ${read(labels)}, expected as many`,
      labels.source,
    );
  }
  const [height, width] = images.shape.slice(-2);
  return {
    name,
    images: scalePixels(images.values),
    imageShape: [axes === 4 ? images.shape[1]! : 1, height!, width!],
    ...checkedLabels("idxDataset", labels.values, classes, labels.source),
  };
}
