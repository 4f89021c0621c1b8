// Runs that are done, in a folder: one file each, found again by all that decides what comes out. A file that is damaged, or of
// something else, is thrown away and its run made anew.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Configuration, formatted } from "tatamijs-course/frame";
import { replaceFile } from "../command/replaced-file.ts";
import type { TimedRun } from "../course/course-run.ts";

/** What decides a run's results besides its configuration and seed. */
export interface Circumstances {
  /** of the library and the course */
  readonly version: string;
  readonly backend: string;
}

export class RunCache {
  readonly #directory: string;
  readonly #circumstances: Circumstances;
  readonly #onDamage: (message: string) => void;

  /**
   * @param directory made where it is not there
   * @param onDamage told of each file that is thrown away, in a line
   */
  constructor(directory: string, circumstances: Circumstances, onDamage: (message: string) => void) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.#circumstances = circumstances;
    this.#onDamage = onDamage;
  }

  /** The run as it was stored, null where there is none that can be trusted. */
  get(configuration: Configuration, seed: number): TimedRun | null {
    const key = this.#keyOf(configuration, seed);
    const file = this.#fileOf(configuration, seed, key);
    let content: string;
    try {
      content = readFileSync(file, "utf8");
    } catch {
      return null;
    }
    try {
      return parsed(content, key, seed);
    } catch (error) {
      this.#onDamage(`${file} is thrown away, ${(error as Error).message}; its run is made anew`);
      rmSync(file, { force: true });
      return null;
    }
  }

  /** A folder for checkpoints of a run that is not done yet. */
  unfinished(configuration: Configuration, seed: number): string {
    return this.#fileOf(configuration, seed, this.#keyOf(configuration, seed)).replace(/\.json$/, "");
  }

  /** What is left of a run that was begun is of no more use. */
  forget(configuration: Configuration, seed: number): void {
    rmSync(this.unfinished(configuration, seed), { recursive: true, force: true });
  }

  /**
   * Keeps a run that is done, and no checkpoints of it.
   * @throws DataError where it cannot be written
   */
  put(configuration: Configuration, { seed, ...rest }: TimedRun): void {
    const key = this.#keyOf(configuration, seed);
    const run = JSON.stringify(rest, withoutLoss);
    const head = JSON.stringify({ key, digest: digest(run) });
    replaceFile(this.#fileOf(configuration, seed, key), `${head}\n${run}\n`);
    this.forget(configuration, seed);
  }

  #keyOf(configuration: Configuration, seed: number): string {
    const { exercise, values } = configuration;
    const settings = Object.keys(exercise.settings).map((name) => `${name}=${formatted(exercise, values, name)}`);
    const { version, backend } = this.#circumstances;
    const heading = [`${exercise.id} ${exercise.revision ?? 1}`, `seed ${seed}`, version, backend];
    return [...heading, ...settings].join("\n");
  }

  #fileOf({ exercise, variant }: Configuration, seed: number, key: string): string {
    return join(this.#directory, `${exercise.id}-${variant.name}-${seed}-${digest(key).slice(0, 12)}.json`);
  }
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

function parsed(content: string, key: string, seed: number): TimedRun {
  const [head, run, rest] = content.split("\n");
  if (run === undefined || rest !== "") throw new Error("got a file that ends early");
  const found = JSON.parse(head) as { key?: unknown; digest?: unknown };
  if (found.digest !== digest(run)) throw new Error("got content that does not match its digest");
  if (found.key !== key) throw new Error("got the run of something else");
  return { seed, ...(JSON.parse(run, withNumbers) as Omit<TimedRun, "seed">) };
}

/** JSON has no numbers that are not finite. */
function withoutLoss(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function withNumbers(_key: string, value: unknown): unknown {
  const stored = (value as { number?: unknown } | null)?.number;
  return typeof stored === "string" && Object.keys(value as object).length === 1 ? Number(stored) : value;
}
