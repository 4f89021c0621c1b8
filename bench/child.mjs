// A process that answers one JSON line for each JSON line it is sent. When it dies or takes too long, the question fails;
// the benchmark goes on without it.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Libraries that read their number of threads from the environment get ours. */
function threadVariables(threads) {
  const names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

/** The line of a program's stderr that says what went wrong. */
export function errorIn(text) {
  const lines = text.trim().split("\n");
  return lines.findLast((line) => /^[\w.]*(?:Error|Exception)\b/.test(line)) ?? lines.at(-1);
}

/** The cores this process may use, by number (Linux); empty elsewhere. */
function allowedCores() {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"));
    return list.split(",").flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return [];
  }
}

/** The same command on as many cores as it may have threads, where the system can do that: some libraries take all. */
function pinned(command, threads) {
  const taskset = ["/usr/bin/taskset", "/bin/taskset"].find((file) => existsSync(file));
  const cores = allowedCores();
  // the last ones: the first often serve interrupts
  return taskset === undefined || cores.length <= threads
    ? command
    : [taskset, "-c", cores.slice(-threads).join(","), ...command];
}

export class Child {
  #process;
  #lines;
  #errors = "";
  #failed;

  /** @param start {command, env?} */
  constructor({ command, env = {} }, threads) {
    const [file, ...args] = pinned(command, threads);
    const variables = { ...process.env, ...threadVariables(threads), PYTHONDONTWRITEBYTECODE: "1", ...env };
    this.#process = spawn(file, args, { env: variables, stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    // a child that is gone cannot read; `failed` says so
    this.#process.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#failed = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      this.#process.on("close", (code, signal) => resolve(`it ended with ${signal ?? code}: ${errorIn(this.#errors)}`));
    });
    running.add(this);
    this.#failed.then(() => running.delete(this));
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
}

const running = new Set();

/** For the end of the benchmark, however it comes. */
export function stopChildren() {
  for (const child of running) child.stop();
}
