// The folder that a run writes its checkpoints into. Each is a folder of its own, written beside under another name, flushed
// to the disk and renamed: whatever happens, what bears the name of a checkpoint is whole.
import { DataError, OptionError } from "../shape/errors.ts";
import type { JsonObject } from "./json.ts";
import { type Lock, lockFolder } from "./lock.ts";
import { codeOf, messageOf, type NodeModules, nodeModules } from "./node-modules.ts";
import { hashWith, listCheckpoints, readRecord, stepName } from "./read.ts";
import { encodeRecord, type FileDigest, recordName } from "./record.ts";

export interface CheckpointFolderOptions {
  /** how many of the newest are kept beside the best one, ≥ 1; default 3 */
  keep?: number | undefined;
}

export interface NewCheckpoint {
  readonly step: number;
  /** larger is better; null where nothing was evaluated at this step */
  readonly score: number | null;
  /** by name */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly state: JsonObject;
}

const partPattern = /^\.step-\d+\.[0-9a-f]{8}\.part$/;

export class CheckpointFolder {
  readonly directory: string;
  readonly #keep: number;
  readonly #modules: NodeModules;
  readonly #lock: Lock;
  /** of those that can be read, by step */
  readonly #scores: Map<number, number | null>;

  private constructor(
    directory: string,
    keep: number,
    modules: NodeModules,
    lock: Lock,
    scores: Map<number, number | null>,
  ) {
    this.directory = directory;
    this.#keep = keep;
    this.#modules = modules;
    this.#lock = lock;
    this.#scores = scores;
  }

  /**
   * Makes the folder where there is none, locks it, and removes what a killed run did not finish.
   * @throws DataError where a live run has it, or it cannot be written to
   * @throws OptionError for keep out of range
   */
  static async open(directory: string, { keep = 3 }: CheckpointFolderOptions = {}): Promise<CheckpointFolder> {
    if (!Number.isInteger(keep) || keep < 1) {
      throw new OptionError(
        `checkpoint: keep is out of range, got ${keep}, expected an integer of at least 1`,
        "keep",
        keep,
      );
    }
    const modules = await nodeModules();
    const { fs } = modules;
    const unusable = (cause: unknown): DataError =>
      new DataError(
        `checkpoint: ${directory} cannot be used, got "${messageOf(cause)}", expected a folder that may be written to`,
        directory,
        { cause },
      );
    await fs.mkdir(directory, { recursive: true }).catch((cause: unknown) => {
      throw unusable(cause);
    });
    const lock = await lockFolder(directory, modules).catch((cause: unknown) => {
      throw cause instanceof DataError ? cause : unusable(cause);
    });
    try {
      await removeParts(directory, modules);
      const scores = new Map<number, number | null>();
      for (const step of await listCheckpoints(directory)) {
        // one that cannot be read is nobody's to remove
        const record = await readRecord(directory, step, modules).catch(() => null);
        if (record !== null) scores.set(step, record.score);
      }
      return new CheckpointFolder(directory, keep, modules, lock, scores);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * Writes a checkpoint and removes those that are no longer to be kept.
   * @returns its folder
   * @throws DataError, leaving the others as they were, where it cannot be written
   */
  async write({ step, score, files, state }: NewCheckpoint): Promise<string> {
    const { fs, path } = this.#modules;
    const target = path.join(this.directory, stepName(step));
    const part = this.#partName(step);
    const hash = hashWith(this.#modules);
    const digests = Object.entries(files).map(([name, bytes]): [string, FileDigest] => [
      name,
      { bytes: bytes.length, sha256: hash(bytes) },
    ]);
    const record = encodeRecord({ step, score, files: Object.fromEntries(digests), state }, hash);
    const all = { ...files, [recordName]: new TextEncoder().encode(record) };
    try {
      await fs.mkdir(part);
      // flushes of several files at once cost the disk little more than one
      const written = await Promise.allSettled(
        Object.entries(all).map(([name, bytes]) => writeFlushed(path.join(part, name), bytes, fs)),
      );
      for (const outcome of written) if (outcome.status === "rejected") throw outcome.reason;
      await flushFolder(part, fs);
      // an existing one is never written over: renaming onto a folder that holds something fails
      await fs.rename(part, target);
    } catch (cause) {
      await fs.rm(part, { recursive: true, force: true }).catch(() => undefined);
      throw this.#unwritable(step, all, cause);
    }
    await flushFolder(this.directory, fs);
    this.#scores.set(step, score);
    await this.#prune();
    return target;
  }

  /** Renames the checkpoints after `step`, so that a run that goes on from there neither meets nor overwrites them. */
  async setAsideAfter(step: number): Promise<void> {
    const { fs, path } = this.#modules;
    const names = new Set(await fs.readdir(this.directory));
    for (const later of (await listCheckpoints(this.directory)).filter((other) => other > step)) {
      let count = 1;
      while (names.has(`${stepName(later)}.aside-${count}`)) count++;
      const from = path.join(this.directory, stepName(later));
      await fs.rename(from, `${from}.aside-${count}`);
      this.#scores.delete(later);
    }
    await flushFolder(this.directory, fs);
  }

  /** Lets others have the folder. */
  close(): Promise<void> {
    return this.#lock.release();
  }

  /** What is removed loses its name first: a kill in the middle leaves no half checkpoint under it. */
  async #prune(): Promise<void> {
    const { fs, path } = this.#modules;
    const steps = [...this.#scores.keys()].sort((a, b) => a - b);
    const kept = new Set([...steps.slice(-this.#keep), this.#best(steps)]);
    for (const step of steps.filter((candidate) => !kept.has(candidate))) {
      const part = this.#partName(step);
      await fs.rename(path.join(this.directory, stepName(step)), part);
      await fs.rm(part, { recursive: true, force: true });
      this.#scores.delete(step);
    }
  }

  /** The first of those with the highest score. */
  #best(steps: readonly number[]): number | null {
    let best: number | null = null;
    for (const step of steps) {
      const score = this.#scores.get(step) ?? null;
      if (score !== null && (best === null || score > this.#scores.get(best)!)) best = step;
    }
    return best;
  }

  #partName(step: number): string {
    const { path, crypto } = this.#modules;
    return path.join(this.directory, `.${stepName(step)}.${crypto.randomUUID().slice(0, 8)}.part`);
  }

  #unwritable(step: number, files: Readonly<Record<string, Uint8Array>>, cause: unknown): DataError {
    const bytes = Object.values(files).reduce((total, { length }) => total + length, 0);
    const full = codeOf(cause) === "ENOSPC" || codeOf(cause) === "EDQUOT";
    const newest = Math.max(-1, ...this.#scores.keys());
    const left = newest < 0 ? "there is no earlier one" : `the one of step ${newest} is whole`;
    return new DataError(
      `checkpoint: step ${step} cannot be written to ${this.directory}, got ${full ? "a full disk" : `"${messageOf(cause)}"`}, expected room for ${bytes} bytes; ${left}`,
      this.directory,
      { cause },
    );
  }
}

async function removeParts(directory: string, { fs, path }: NodeModules): Promise<void> {
  for (const name of await fs.readdir(directory)) {
    if (partPattern.test(name)) await fs.rm(path.join(directory, name), { recursive: true, force: true });
  }
}

async function writeFlushed(file: string, bytes: Uint8Array, fs: NodeModules["fs"]): Promise<void> {
  const handle = await fs.open(file, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names last through a power cut, where the system lets folders be flushed (Windows does not). */
async function flushFolder(folder: string, fs: NodeModules["fs"]): Promise<void> {
  try {
    const handle = await fs.open(folder);
    await handle.sync().finally(() => handle.close());
  } catch {
    // the files themselves are on the disk
  }
}
