// A process that answers one JSON line for each JSON line it is sent. When it dies or takes too long, the question fails;
// the benchmark goes on without it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Libraries that read their number of threads from the environment get one. */
const oneThread = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  VECLIB_MAXIMUM_THREADS: "1",
};

/** The line of a program's stderr that says what went wrong. */
export function errorIn(text) {
  const lines = text.trim().split("\n");
  return lines.findLast((line) => /^\w*(?:Error|Exception)\b/.test(line)) ?? lines.at(-1);
}

export class Child {
  #process;
  #lines;
  #errors = "";
  #failed;

  constructor([file, ...args]) {
    const env = { ...process.env, ...oneThread, PYTHONDONTWRITEBYTECODE: "1" };
    this.#process = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-2000);
    });
    // a child that is gone cannot read; `failed` says so
    this.#process.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#failed = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      this.#process.on("close", (code, signal) => resolve(`it ended with ${signal ?? code}: ${this.#lastError()}`));
    });
  }

  /**
   * @param seconds how long the answer may take
   * @throws Error with what the child said is wrong
   */
  async ask(request, seconds) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(`no answer to ${request.type} within ${seconds} s`), seconds * 1000);
    });
    const line = this.#lines.next().then(({ value, done }) => (done ? this.#failed : { value }));
    const outcome = await Promise.race([line, this.#failed, late]);
    clearTimeout(timer);
    if (typeof outcome === "string") {
      this.stop();
      throw new Error(outcome);
    }
    const reply = JSON.parse(outcome.value);
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  stop() {
    this.#process.kill("SIGKILL");
  }

  #lastError() {
    return errorIn(this.#errors);
  }
}
