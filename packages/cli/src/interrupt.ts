// Ctrl-C as a request to stop soon.

/**
 * Runs `work` with a signal that the first Ctrl-C aborts; a second one ends the process as usual.
 * @returns what `work` gave
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once("SIGINT", abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", abort);
  }
}
