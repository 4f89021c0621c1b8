// Threads that decode batches: begun when somebody reads, ended a while after the last one has closed. They do not keep the
// process alive, but while a batch is being decoded.
import { Worker } from "node:worker_threads";
import { DataError } from "tatamijs/shape";
import { blockOf, type DecodeAnswer, type DecodePlan, type DecodeTask } from "./decode-plan.ts";
import { Decoder } from "./decoder.ts";

/** Beside the compiled sources; tests, which run the sources, take it from there. */
const workerFile = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/streaming/decode-worker.js", import.meta.url)
  : new URL("./decode-worker.js", import.meta.url);

/** Milliseconds for which threads wait for another reader: evaluations come back every few steps. */
const patience = 3000;

export class DecodePool {
  readonly #plan: DecodePlan;
  readonly #pathOf: ((index: number) => string) | null;
  readonly #count: number;
  #threads: DecodeThread[] = [];
  /** instead of threads, where there are none */
  #decoder: Decoder | null = null;
  #readers = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param pathOf where an image lies; null for rows of Parquet files
   * @param count of threads; 0 decodes in this one
   */
  constructor(plan: DecodePlan, pathOf: ((index: number) => string) | null, count: number) {
    this.#plan = plan;
    this.#pathOf = pathOf;
    this.#count = count;
  }

  open(): void {
    this.#readers++;
    clearTimeout(this.#timer);
    if (this.#count === 0) this.#decoder ??= new Decoder(this.#plan);
    else if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: this.#count }, () => new DecodeThread(this.#plan));
    }
  }

  close(): void {
    if (--this.#readers > 0) return;
    this.#timer = setTimeout(() => this.#end(), patience).unref();
  }

  /**
   * Decodes a batch.
   * @throws DataError naming the image that is damaged
   */
  async fill(indices: Int32Array, pixels: Float32Array): Promise<void> {
    const places = Int32Array.from(indices, (_, place) => place);
    if (this.#decoder !== null) return this.#decoder.decode(this.#task(indices, places, pixels));
    const shares = this.#threads.map((thread, number) => {
      const own = places.filter((place) => this.#home(indices, place) === number);
      return own.length === 0
        ? null
        : thread.decode(
            this.#task(
              own.map((place) => indices[place]!),
              own,
              pixels,
            ),
          );
    });
    // all have to be done with the memory before anybody else may have it
    const ends = await Promise.allSettled(shares);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  #task(indices: Int32Array, places: Int32Array, pixels: Float32Array): DecodeTask {
    const pathOf = this.#pathOf;
    return { indices, places, paths: pathOf && Array.from(indices, (index) => pathOf(index)), pixels };
  }

  /** Which thread an image is for: rows of a block are for the one that keeps it. */
  #home(indices: Int32Array, place: number): number {
    const { parquet } = this.#plan;
    if (parquet !== null) return blockOf(parquet.begins, indices[place]!) % this.#count;
    return Math.floor((place * this.#count) / indices.length);
  }

  #end(): void {
    for (const thread of this.#threads) thread.end();
    this.#threads = [];
    void this.#decoder?.close();
    this.#decoder = null;
  }
}

interface Waiting {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

class DecodeThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: Error | null = null;

  constructor(plan: DecodePlan) {
    // options of this process, such as loaders, are not meant for it
    this.#worker = new Worker(workerFile, { workerData: plan, execArgv: [], stdin: false });
    this.#worker.unref();
    this.#worker.on("message", ({ id, fault }: DecodeAnswer) => {
      const { done, failed } = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if (fault === null) done();
      else failed(fault.source === null ? new Error(fault.message) : new DataError(fault.message, fault.source));
    });
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("stream: a thread that decodes has ended")));
  }

  decode(task: DecodeTask): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#ended !== null) {
        failed(this.#ended);
        return;
      }
      this.#worker.ref();
      this.#waiting.set(this.#next, { done, failed });
      this.#worker.postMessage({ id: this.#next++, task });
    });
  }

  /** It closes its files first. */
  end(): void {
    this.#worker.postMessage(null);
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { failed } of this.#waiting.values()) failed(this.#ended);
    this.#waiting.clear();
  }
}
