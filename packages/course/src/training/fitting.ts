// fit as a generator: its evaluations come one by one, and the run waits until the next is asked for. Of a run that is gone
// on with, those from before come first.
import { type FitOptions, type FitResult, fit, type HistoryEntry, type RunView } from "tatamijs/train";

type Item =
  | { readonly entries: readonly HistoryEntry[] }
  | { readonly result: FitResult }
  | { readonly error: unknown };

export interface FittingOptions extends Omit<FitOptions, "callbacks"> {
  /** after every step: how many there were, and the loss on its batch before the update */
  readonly onStep?: (iteration: number, loss: number) => void;
}

/**
 * @throws what fit throws
 * @returns fit's result; whoever stops asking before ends the run
 */
export async function* fitting(options: FittingOptions): AsyncGenerator<HistoryEntry, FitResult> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  options.signal?.addEventListener("abort", abort);
  if (options.signal?.aborted) abort();

  let deliver: (item: Item) => void = () => {};
  let release: () => void = () => {};
  const nextItem = (): Promise<Item> =>
    new Promise((resolve) => {
      deliver = resolve;
    });
  let pending = nextItem();
  let yielded = 0;
  const onEvaluate = (_entry: HistoryEntry, { history }: RunView): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      deliver({ entries: history.slice(yielded) });
    });
  const { onStep, ...fitOptions } = options;
  const run = fit({ ...fitOptions, signal: controller.signal, callbacks: { onEvaluate, onStep } }).then(
    (result) => deliver({ result }),
    (error: unknown) => deliver({ error }),
  );
  try {
    for (;;) {
      const item = await pending;
      if ("error" in item) throw item.error;
      if ("result" in item) {
        // where nothing was left to do, no evaluation has brought them
        yield* item.result.history.slice(yielded);
        return item.result;
      }
      pending = nextItem();
      yielded += item.entries.length;
      yield* item.entries;
      release();
    }
  } finally {
    abort();
    release();
    await run;
    options.signal?.removeEventListener("abort", abort);
  }
}
