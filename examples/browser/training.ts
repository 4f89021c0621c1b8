// What the page trains: a convolutional network on MNIST, by the same lines that would train it in Node.
import { type Dataset, mnistFromBytes } from "tatamijs/data";
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "tatamijs/nn";
import { Adam } from "tatamijs/optim";
import { type FitCallbacks, type FitResult, fit } from "tatamijs/train";

export interface TrainingOptions {
  training: Dataset;
  test: Dataset;
  /** integer in [0, 2³²): decides the initial weights and the batches */
  seed: number;
  iterations: number;
  callbacks: FitCallbacks;
  signal?: AbortSignal;
}

/** The first `limit` images of a split, from the bytes of its IDX files. */
export async function readDigits(
  read: (file: string) => Promise<ArrayBuffer | Uint8Array>,
  split: "train" | "t10k",
  limit: number,
): Promise<Dataset> {
  const files = [`${split}-images-idx3-ubyte`, `${split}-labels-idx1-ubyte`] as const;
  const [images, labels] = await Promise.all(files.map(read));
  return mnistFromBytes(images, labels, { limit });
}

export async function train(options: TrainingOptions): Promise<{ model: Sequential; result: FitResult }> {
  const { training, test, seed, iterations, callbacks, signal } = options;
  const start = { weightInit: { normal: 0.01 }, biasInit: "zeros" } as const;
  const model = new Sequential(
    new Conv2d(1, 30, 5, start), // [N, 1, 28, 28] to [N, 30, 24, 24]
    new ReLU(),
    new MaxPool2d(2), // to [N, 30, 12, 12]
    new Flatten(),
    new Linear(30 * 12 * 12, 100, start),
    new ReLU(),
    new Linear(100, 10, start),
  ).initialize(seed);
  const result = await fit({
    model,
    optimizer: new Adam(model.parameters()),
    data: training,
    validation: test,
    batchSize: 100,
    replacement: true,
    iterations,
    evaluateEvery: 50,
    seed,
    callbacks,
    signal,
  });
  return { model, result };
}
