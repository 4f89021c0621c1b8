// Finds checkpoints in a folder and reads them, each file held against its hash. Writes nothing and needs no lock.
import { DataError } from "../shape/errors.ts";
import type { JsonObject } from "./json.ts";
import { codeOf, messageOf, type NodeModules, nodeModules } from "./node-modules.ts";
import { type CheckpointRecord, decodeRecord, type Hash, recordName } from "./record.ts";

/** A checkpoint whose every byte is as it was written. */
export interface Checkpoint {
  /** updates made, ≥ 0 */
  readonly step: number;
  /** larger is better; null where nothing was evaluated at this step */
  readonly score: number | null;
  /** by name, such as "model.safetensors" */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly state: JsonObject;
  /** its folder */
  readonly path: string;
}

const stepPattern = /^step-(\d{8,15})$/;

export function stepName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

export function hashWith({ crypto }: NodeModules): Hash {
  return (content) => crypto.createHash("sha256").update(content).digest("hex");
}

/**
 * The steps of which a folder holds checkpoints, ascending; damaged ones are among them.
 * @throws DataError where it is no folder
 */
export async function listCheckpoints(directory: string): Promise<number[]> {
  const { fs } = await nodeModules();
  let names: string[];
  try {
    names = await fs.readdir(directory);
  } catch (cause) {
    const got =
      codeOf(cause) === "ENOENT" ? "nothing there" : codeOf(cause) === "ENOTDIR" ? "a file" : messageOf(cause);
    throw new DataError(
      `checkpoint: ${directory} cannot be read, got ${got}, expected a folder of checkpoints`,
      directory,
      {
        cause,
      },
    );
  }
  return names
    .flatMap((name) => stepPattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export interface ReadCheckpointOptions {
  /** which one; default the newest */
  step?: number | undefined;
  /** for messages: how to go on from an earlier one, with its step */
  advice?: ((step: number) => string) | undefined;
}

/**
 * Reads a checkpoint. A newer one that is damaged is not passed over in silence: the error says which earlier one is good.
 * @throws DataError where there is none, or it is damaged, truncated, foreign or of another version
 */
export async function readCheckpoint(directory: string, options: ReadCheckpointOptions = {}): Promise<Checkpoint> {
  const { advice = (step) => `resume: ${step}` } = options;
  const modules = await nodeModules();
  const steps = await listCheckpoints(directory);
  const step = options.step ?? steps.at(-1);
  if (step === undefined || !steps.includes(step)) {
    const got = steps.length === 0 ? "none" : `those of steps ${steps.join(", ")}`;
    const expected = step === undefined ? "a checkpoint to go on from" : `that of step ${step}`;
    throw new DataError(`checkpoint: ${directory} has no such checkpoint, got ${got}, expected ${expected}`, directory);
  }
  try {
    return await readStep(directory, step, modules);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const good = await newestGood(directory, steps, step, modules);
    const more =
      good === null
        ? "no earlier checkpoint is good"
        : `the one of step ${good} is good, to go on from it: ${advice(good)}`;
    throw new DataError(`${error.message}; ${more}`, error.source, { cause: error });
  }
}

async function newestGood(
  directory: string,
  steps: readonly number[],
  before: number,
  modules: NodeModules,
): Promise<number | null> {
  for (const step of steps.filter((other) => other < before).reverse()) {
    try {
      return (await readStep(directory, step, modules)).step;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
    }
  }
  return null;
}

/** The JSON alone. @throws DataError as `readCheckpoint` */
export async function readRecord(directory: string, step: number, modules: NodeModules): Promise<CheckpointRecord> {
  const file = modules.path.join(directory, stepName(step), recordName);
  const record = decodeRecord((await readBytes(file, modules)).toString("utf8"), file, hashWith(modules));
  if (record.step !== step) {
    throw new DataError(`checkpoint: ${file} is of another step, got ${record.step}, expected ${step}`, file);
  }
  return record;
}

async function readStep(directory: string, step: number, modules: NodeModules): Promise<Checkpoint> {
  const folder = modules.path.join(directory, stepName(step));
  const record = await readRecord(directory, step, modules);
  const files = new Map<string, Uint8Array>();
  for (const [name, digest] of Object.entries(record.files)) {
    const file = modules.path.join(folder, name);
    if (modules.path.basename(name) !== name || name === ".." || name === ".") {
      throw new DataError(
        `checkpoint: ${folder} names a file outside, got ${JSON.stringify(name)}, expected none`,
        name,
      );
    }
    const bytes = await readBytes(file, modules);
    if (bytes.length !== digest.bytes) {
      const what = bytes.length < digest.bytes ? "is truncated" : "is too long";
      throw new DataError(`checkpoint: ${file} ${what}, got ${bytes.length} bytes, expected ${digest.bytes}`, file);
    }
    const sha256 = hashWith(modules)(bytes);
    if (sha256 !== digest.sha256) {
      throw new DataError(
        `checkpoint: ${file} is damaged, got content of SHA-256 ${sha256}, expected ${digest.sha256}`,
        file,
      );
    }
    files.set(name, bytes);
  }
  const { score, state } = record;
  return { step, score, files, state, path: folder };
}

/**
 * @param file a name in a step's folder
 * @throws DataError where it is no regular file, or not one within: reading a link to a device or a pipe might never end
 */
async function readBytes(file: string, { fs, path }: NodeModules): Promise<Buffer> {
  const expected = "a file of the checkpoint";
  try {
    const folder = path.dirname(file);
    // the folder of the run may be reached by links, what it holds may not
    const within = path.join(await fs.realpath(path.dirname(folder)), path.basename(folder), path.basename(file));
    const real = await fs.realpath(file);
    if (real !== within) {
      throw new DataError(
        `checkpoint: ${file} leads out of its checkpoint, got a link to ${real}, expected ${expected}`,
        file,
      );
    }
    if (!(await fs.stat(file)).isFile()) throw new Error("no regular file");
    return await fs.readFile(file);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const got = codeOf(cause) === "ENOENT" ? "no such file" : messageOf(cause);
    throw new DataError(`checkpoint: ${file} cannot be read, got ${got}, expected ${expected}`, file, { cause });
  }
}
