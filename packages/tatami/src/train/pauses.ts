// Lets the event loop breathe in a long computation: signals, timers and a page's events come through, and steps do not
// each pay for it.

const intervalMilliseconds = 50;

/** Ends the current turn of the event loop. */
const nextTurn: () => Promise<void> =
  typeof setImmediate === "function"
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });

export class Pauses {
  #last = performance.now();

  /** Whether it is time for a pause: asking costs nothing. */
  get due(): boolean {
    return performance.now() - this.#last >= intervalMilliseconds;
  }

  async take(): Promise<void> {
    await nextTurn();
    this.#last = performance.now();
  }
}
