// When a run writes checkpoints, and how it goes on from one. What is in them is run-state.ts; how they lie on the disk is
// checkpoint/. Imported where it is asked for, and replaced by checkpointing-browser.ts in bundles for browsers.
import { CheckpointFolder } from "../checkpoint/folder.ts";
import { isObject, type JsonObject } from "../checkpoint/json.ts";
import { listCheckpoints, readCheckpoint } from "../checkpoint/read.ts";
import { expectCount } from "../nn/expectations.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import type { CheckpointOptions, HistoryEntry, WrittenCheckpoint } from "./fit-options.ts";
import { differences, type RunDescription, settingsOf } from "./run-settings.ts";
import { type RunParts, restore, snapshot } from "./run-state.ts";

export class Checkpointing {
  readonly every: number;
  readonly #folder: CheckpointFolder;
  readonly #options: CheckpointOptions;
  readonly #parts: RunParts;
  readonly #settings: JsonObject;
  /** the step of the newest one; -1 before the first */
  #written = -1;

  private constructor(
    folder: CheckpointFolder,
    options: CheckpointOptions,
    every: number,
    parts: RunParts,
    settings: JsonObject,
  ) {
    this.#folder = folder;
    this.#options = options;
    this.every = every;
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * Takes the folder for this run; resuming, it puts everything back into `parts`.
   * @throws OptionError for options out of range, a folder that has a run already, or other settings than the run has
   * @throws DataError where the folder is another run's, or there is no checkpoint that is good
   */
  static async open(
    options: CheckpointOptions,
    resume: boolean | number,
    parts: RunParts,
    description: RunDescription,
  ): Promise<Checkpointing> {
    const { directory, every = description.schedule.evaluateEvery, keep, advice } = options;
    expectCount("fit", "checkpoint.every", every);
    expectSaveable(parts);
    const present = settingsOf(description);
    // a folder is made for a new run only: a slip of the pen leaves nothing behind
    if (resume !== false) await listCheckpoints(directory);
    const folder = await CheckpointFolder.open(directory, { keep });
    try {
      const checkpointing = new Checkpointing(folder, options, every, parts, present);
      if (resume === false) {
        const steps = await listCheckpoints(directory);
        if (steps.length > 0) {
          throw new OptionError(
            `fit: ${directory} has a run already, got checkpoints of steps ${steps.join(", ")}, expected a folder without, or resume`,
            "checkpoint",
            directory,
          );
        }
      } else {
        const checkpoint = await readCheckpoint(directory, { step: stepOf(resume), advice });
        const { settings } = checkpoint.state;
        if (!isObject(settings)) {
          throw new DataError(
            `fit: ${checkpoint.path} does not fit the run, got no settings, expected those of a run of fit`,
            checkpoint.path,
          );
        }
        const differ = differences(present, settings);
        if (differ.length > 0) {
          const more = differ.length > 5 ? ` and ${differ.length - 5} more` : "";
          throw new OptionError(
            `fit: settings differ from those of the run in ${directory}, got ${differ.slice(0, 5).join(", ")}${more}, expected the same`,
            "resume",
            differ,
          );
        }
        await restore(parts, checkpoint);
        await folder.setAsideAfter(checkpoint.step);
        checkpointing.#written = checkpoint.step;
      }
      return checkpointing;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /**
   * Writes a checkpoint of the present iteration, unless there is one.
   * @throws DataError where it cannot be written
   */
  async write(): Promise<WrittenCheckpoint | null> {
    const { iteration: step, history } = this.#parts.progress;
    if (step === this.#written) return null;
    const entry = history.at(-1);
    const { best = goodness } = this.#options;
    const score = entry?.iteration === step ? best(entry) : Number.NaN;
    const path = await this.#folder.write(
      await snapshot(this.#parts, this.#settings, Number.isFinite(score) ? score : null),
    );
    this.#written = step;
    return { step, path };
  }

  close(): Promise<void> {
    return this.#folder.close();
  }
}

function stepOf(resume: boolean | number): number | undefined {
  return typeof resume === "number" ? resume : undefined;
}

/** Accuracy where it was measured, else less loss. */
function goodness({ training, validation, loss }: HistoryEntry): number {
  const measured = validation ?? training ?? { loss };
  return measured.accuracy ?? -measured.loss;
}

function expectSaveable({ optimizer }: RunParts): void {
  for (const member of ["slots", "settings"] as const) {
    if (optimizer[member] === undefined) {
      throw new OptionError(
        `fit: the optimiser cannot be saved, got one without ${member}, expected one of tatamijs/optim or with ${member}`,
        "optimizer",
        optimizer,
      );
    }
  }
}
