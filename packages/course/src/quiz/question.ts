// What a confirmation question is. Its answer is stated, and computed with the library whenever it is asked: the two have to
// agree, and what was computed is the explanation.
import { Random, streamOf } from "tatamijs/random";

export type Language = "en" | "ja";

export const languages = ["en", "ja"] as const;

/** The same in both languages. */
export interface Words {
  readonly en: string;
  readonly ja: string;
}

export const topics = ["derivatives", "learning", "overfitting", "convolution"] as const;

export type Topic = (typeof topics)[number];

/** One of several answers, with what the library says about it. */
export interface OptionVerdict {
  readonly text: Words;
  readonly holds: boolean;
  readonly because: Words;
}

export interface Posed {
  readonly ask: Words;
  /** in the order they are shown; null for a question with a number as its answer */
  readonly options: readonly OptionVerdict[] | null;
  /** index of the option, or the number, as the question's author says */
  readonly stated: number;
  /** the same as the library computes it; −1 where not exactly one option holds */
  readonly computed: number;
  /** how far a number may be off, relative to its size (absolute below 1) */
  readonly tolerance: number;
  readonly because: Words;
}

export interface Question {
  readonly id: string;
  readonly topic: Topic;
  /** of the course's slides; null for a question of the same kind that they do not have */
  readonly page: number | null;
  /** Equal seeds pose the same question. */
  readonly pose: (seed: number) => Promise<Posed>;
}

interface Heading {
  readonly id: string;
  readonly topic: Topic;
  readonly page?: number | undefined;
}

export interface NumericQuestion<P> extends Heading {
  readonly draw: (random: Random) => P;
  readonly ask: (values: P) => Words;
  /** the formula */
  readonly stated: (values: P) => number;
  readonly computed: (values: P) => number | Promise<number>;
  readonly because: (values: P, computed: number) => Words;
  readonly tolerance?: number;
}

/** A question with a number as its answer, made anew from a seed. */
export function numeric<P>(question: NumericQuestion<P>): Question {
  const { id, topic, page = null, draw, ask, stated, computed, because, tolerance = 1e-3 } = question;
  return {
    id,
    topic,
    page,
    pose: async (seed) => {
      const values = draw(new Random(seed, streamOf(id)));
      const found = await computed(values);
      return {
        ask: ask(values),
        options: null,
        stated: stated(values),
        computed: found,
        tolerance,
        because: because(values, found),
      };
    },
  };
}

export interface ChoiceQuestion extends Heading {
  readonly ask: Words;
  /** the right one first; they are shown in an order the seed decides */
  readonly options: readonly [OptionComputation, ...OptionComputation[]];
}

export interface OptionComputation {
  readonly text: Words;
  /** whether the option holds, and the numbers that say so */
  readonly judge: () => Promise<{ readonly holds: boolean; readonly because: Words }>;
}

/** A question with options, each judged by a computation. */
export function choiceQuestion({ id, topic, page, ask, options }: ChoiceQuestion): Question {
  return {
    id,
    topic,
    page: page ?? null,
    pose: async (seed) => {
      const order = [...new Random(seed, streamOf(id)).permutation(options.length)];
      const judged: OptionVerdict[] = [];
      for (const place of order) judged.push({ text: options[place].text, ...(await options[place].judge()) });
      const holding = judged.flatMap(({ holds }, index) => (holds ? [index] : []));
      const stated = order.indexOf(0);
      return {
        ask,
        options: judged,
        stated,
        computed: holding.length === 1 ? (holding[0] ?? -1) : -1,
        tolerance: 0,
        because: judged[stated].because,
      };
    },
  };
}

/** Whether an answer is right. */
export function isRight({ options, computed, tolerance }: Posed, answer: number): boolean {
  if (options !== null) return answer === computed;
  return Math.abs(answer - computed) <= tolerance * Math.max(1, Math.abs(computed));
}

/** Whether what is stated is what was computed. */
export function agrees(posed: Posed): boolean {
  return isRight(posed, posed.stated);
}

export const same = (text: string): Words => ({ en: text, ja: text });
