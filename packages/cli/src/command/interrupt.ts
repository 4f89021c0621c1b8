// Ctrl-C as a request to stop soon.

/** What a shell expects of a command that Ctrl-C ended. */
export const interrupted = 130;

/**
 * Runs `work` with a signal that the first Ctrl-C aborts; a second one ends the process.
 * @returns what `work` gave
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    // both may arrive together, after a long step in which nothing could be heard
    if (controller.signal.aborted) process.exit(interrupted);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}
