// Lets the event loop breathe in a long computation: signals, timers and a page's events come through, and steps do not
// each pay for it.

const intervalMilliseconds = 200;

/** Calls `done` in a later turn of the event loop. */
const afterThisTurn: (done: () => void) => void =
  typeof setImmediate === "function"
    ? setImmediate
    : (done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          done();
        };
        port2.postMessage(null);
      };

export class Pauses {
  #last = performance.now();

  /** Whether it is time for a pause. */
  get due(): boolean {
    return performance.now() - this.#last >= intervalMilliseconds;
  }

  async take(): Promise<void> {
    await new Promise<void>(afterThisTurn);
    this.#last = performance.now();
  }
}
