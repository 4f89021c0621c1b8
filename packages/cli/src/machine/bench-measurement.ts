// How long a training step of a net takes: the one `fit` compiles, with Adam, on images drawn at random.
import { arrayDataset, type Dataset } from "tatamijs/data";
import { Random, streamOf } from "tatamijs/random";
import { backend } from "tatamijs/tensor";
import { fit, StepClock, type StepTimes, summarize } from "tatamijs/train";
import { defaultHidden, imageShape, type NetName, nets, optimizers } from "tatamijs-course/nets";
import type { BackendChoice } from "./backend-choice.ts";
import type { BenchRequest } from "./bench-request.ts";

export interface BenchResult {
  readonly net: NetName;
  readonly backend: string;
  readonly threads: number;
  readonly stepMs: StepTimes;
  /** 10⁹ FLOP a second in the median step: two for each multiply-add of products and convolutions, forward and backward */
  readonly gflops: number;
  /** of what the backend's threads can multiply and add in registers; null where that is not measured */
  readonly shareOfPeak: number | null;
}

type Length = BenchRequest["length"];

const classes = 10;
const sampleCount = 1000;
/** measured, however long they take */
const leastSteps = 3;

/** The same images and labels in every process. */
export function randomImages(): Dataset {
  const images = new Float32Array(sampleCount * imageShape.reduce((product: number, length) => product * length, 1));
  const labels = new Int32Array(sampleCount);
  new Random(1, streamOf("images")).uniformInto(images);
  new Random(1, streamOf("labels")).integersInto(labels, classes);
  return arrayDataset({ name: "random images", images, labels, imageShape, classes });
}

/** FLOP a second of all threads together; null where the backend does not measure it. */
export async function peakOf({ name, threads }: Pick<BackendChoice, "name" | "threads">): Promise<number | null> {
  const peak = (await backend(name)).peak?.();
  return peak === undefined ? null : peak * threads;
}

/** The steps of a run after the first half second, in which the engine compiles and caches fill. */
class Measurement {
  readonly #length: Length;
  readonly #clock = new StepClock();
  readonly #warmUpEnd = performance.now() + 500;
  #began: number | null = null;
  #last = 0;
  #measured = 0;

  constructor(length: Length) {
    this.#length = length;
  }

  /** Called after every step. @returns whether that was the last one */
  step(): boolean {
    const now = performance.now();
    if (this.#began !== null) {
      this.#clock.add(now - this.#last);
      this.#measured++;
    } else if (now >= this.#warmUpEnd) this.#began = now;
    this.#last = now;
    if (this.#began === null) return false;
    if ("steps" in this.#length) return this.#measured >= this.#length.steps;
    return this.#measured >= leastSteps && now - this.#began >= 1000 * this.#length.seconds;
  }

  times(): StepTimes {
    return this.#clock.times();
  }
}

/** @param signal ends the measurement; null is returned then */
export async function measureNet(
  name: NetName,
  data: Dataset,
  choice: BackendChoice,
  { batchSize, length }: Pick<BenchRequest, "batchSize" | "length">,
  signal: AbortSignal,
): Promise<BenchResult | null> {
  const model = nets[name].build(defaultHidden).initialize(1);
  const optimizer = optimizers.adam.create(model.parameters(), optimizers.adam.lr);
  const { multiplyAdds } = summarize({ model, optimizer, imageShape, batchSize }).step;
  const peakBefore = await peakOf(choice);

  const stop = new AbortController();
  const measurement = new Measurement(length);
  await fit({
    ...{ model, optimizer, data, batchSize, replacement: true, seed: 1, backend: choice.name },
    // until it is stopped, without evaluations
    iterations: Number.MAX_SAFE_INTEGER,
    evaluateEvery: Number.MAX_SAFE_INTEGER,
    signal: stop.signal,
    callbacks: {
      onStep() {
        if (measurement.step() || signal.aborted) stop.abort();
      },
    },
  });
  if (signal.aborted) return null;

  // the better of two: what neighbours take of the core is not the core's
  const peak = peakBefore === null ? null : Math.max(peakBefore, (await peakOf(choice))!);
  const stepMs = measurement.times();
  const rate = (2 * multiplyAdds) / (stepMs.median / 1000);
  return {
    net: name,
    backend: choice.name,
    threads: choice.threads,
    stepMs,
    gflops: rate / 1e9,
    shareOfPeak: peak === null ? null : rate / peak,
  };
}
