// Where the batches of a program come from. Programs gather samples from storages by their places: data in memory lies there
// as a whole, of a stream just the batch that is next.
import type { Dataset } from "../data/dataset.ts";
import { type ImageStream, isStream } from "../data/image-stream.ts";
import type { Sampler } from "../data/sampler.ts";
import { Storage } from "../graph/storage.ts";
import { setHostValues } from "../tensor/residence.ts";
import { type ResidentData, residentData } from "./resident-data.ts";

/** Images to learn from or to look at: in memory, or brought batch by batch. */
export type Data = Dataset | ImageStream;

/** What programs are to be compiled with. @param batchSize of the largest batch */
export function placeFor(data: Data, batchSize: number): ResidentData {
  if (!isStream(data)) return residentData(data);
  return {
    images: new Storage([batchSize, ...data.imageShape], "float32"),
    labels: new Storage([batchSize], "int32"),
  };
}

/** Brings the batches of an order, one after the other. */
export interface Feed {
  /**
   * Makes the next batch ready to be gathered.
   * @param indices [batchSize], filled from the front with where the batch lies in the place
   * @returns its length
   * @throws DataError where a stream cannot be read; the order has not moved on then
   */
  next(indices: Int32Array): number | Promise<number>;
  /** Ends what reads ahead. */
  close(): void;
}

/**
 * @param place see placeFor
 * @param createOrder makes the order, at its start; called twice for a stream, of which one reads ahead
 * @param order whose position counts, and may be elsewhere already
 */
export function openFeed(data: Data, place: ResidentData, createOrder: () => Sampler, order = createOrder()): Feed {
  if (!isStream(data)) return { next: (indices) => order.next(indices), close: () => {} };
  const ahead = createOrder();
  ahead.restore(order.position);
  const reader = data.read(ahead);
  return {
    next: async (indices) => {
      const pixels = await reader.next();
      const length = order.next(indices);
      setHostValues(place.images, pixels);
      const labels = new Int32Array(order.batchSize);
      for (let index = 0; index < length; index++) {
        labels[index] = data.labels[indices[index]!]!;
        indices[index] = index;
      }
      setHostValues(place.labels, labels);
      return length;
    },
    close: () => reader.close(),
  };
}
