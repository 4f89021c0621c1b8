// What an exercise is: data for whoever shows it, and one function that runs it.
import type { Dataset, MnistKind } from "tatamijs/data";
import type { FitOptions } from "tatamijs/train";
import type { Result, ResultKind } from "./result.ts";
import type { Setting, Settings, Values } from "./setting.ts";

/** What people published for a measure, each value somebody's run. */
export interface PublishedOutcome {
  /** the name of a Measure */
  readonly measure: string;
  readonly values: readonly number[];
  /** why runs may fall outside of them, where that is known: a sentence */
  readonly note?: string;
  /** whether it says "or more", so that nothing is too good; default false */
  readonly orMore?: boolean;
}

/** A way to set the exercise up that has a name. */
export interface Variant<Key extends string = string> {
  readonly name: string;
  /** what it is; where the published notebook had a fault, which one, and whether this has it */
  readonly description: string;
  /** what differs from the settings' defaults, as text that the settings parse */
  readonly set: Readonly<Partial<Record<Key, string>>>;
  /** empty where nobody published this */
  readonly published: readonly PublishedOutcome[];
}

/** What a run for a first look leaves out, so that it takes seconds. */
export interface Quick<Key extends string = string> {
  /** names of those that run; default all */
  readonly variants?: readonly string[];
  /** so many seeds at most; default 2 */
  readonly seeds?: number;
  /** smaller than what the course has, so outcomes do not compare with what was published; default nothing */
  readonly set?: Readonly<Partial<Record<Key, string>>>;
}

/** Where an exercise's images come from; a page answers otherwise than a file system. */
export type DataSource = (split: "train" | "test", count: number, kind?: MnistKind) => Promise<Dataset>;

/** Checkpoints of a run, as `fit` takes them. */
export type KeptRun = Required<Pick<FitOptions, "checkpoint" | "resume">>;

/** All a run depends on besides the settings. */
export interface RunContext {
  /** integer in [0, 2³²) */
  readonly seed: number;
  readonly load: DataSource;
  /** ends the run soon; what was yielded stays */
  readonly signal?: AbortSignal | undefined;
  /** where a resumable exercise keeps its run, and whether it goes on from what is there */
  readonly kept?: KeptRun | undefined;
}

export interface Exercise {
  /** the course's number, or a word for what the course does not number */
  readonly id: string;
  readonly title: string;
  /** in a few sentences */
  readonly teaches: string;
  /** the mathematics in a line */
  readonly formula: string;
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
  /** the first is what runs unless another is asked for */
  readonly variants: readonly [Variant, ...Variant[]];
  /** kinds of results that every run yields */
  readonly yields: readonly ResultKind[];
  /** settings that make a run of a second or so, to try whether it works */
  readonly tiny: Readonly<Record<string, string>>;
  /** default: nothing is left out */
  readonly quick?: Quick;
  /** to be raised where equal settings and seeds give other results than before; default 1 */
  readonly revision?: number;
  /** whether a run can be kept in checkpoints and gone on with, bit for bit; default false */
  readonly resumable?: boolean;
  /** what is wrong with values that are right one by one; null where nothing is */
  readonly refuse: (values: Readonly<Record<string, unknown>>) => Refusal | null;
  /** Equal values and seeds give equal results, but for measured times. */
  readonly run: (values: Readonly<Record<string, unknown>>, context: RunContext) => AsyncGenerator<Result>;
}

export interface Refusal {
  readonly key: string;
  readonly expected: string;
}

/** An exercise whose functions know the types of its settings. */
export interface ExerciseDefinition<S extends Settings>
  extends Omit<Exercise, "settings" | "variants" | "tiny" | "quick" | "refuse" | "run"> {
  readonly settings: S;
  readonly variants: readonly [Variant<keyof S & string>, ...Variant<keyof S & string>[]];
  readonly tiny: Readonly<Partial<Record<keyof S & string, string>>>;
  readonly quick?: Quick<keyof S & string>;
  readonly refuse?: (values: Values<S>) => Refusal | null;
  readonly run: (values: Values<S>, context: RunContext) => AsyncGenerator<Result>;
}

/** Forgets the types of the settings; values that `configure` made have them. */
export function defineExercise<S extends Settings>(definition: ExerciseDefinition<S>): Exercise {
  return { refuse: () => null, ...definition } as unknown as Exercise;
}
