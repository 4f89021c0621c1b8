// `tatami quiz`: asks the course's confirmation questions, explains each answer by what the library computed, keeps score.
import { createInterface } from "node:readline";
import { Random, streamOf } from "tatamijs/random";
import {
  agrees,
  isRight,
  type Language,
  languages,
  type Posed,
  type Question,
  questions,
  topics,
} from "tatamijs-course/quiz";
import { known } from "../command/known-name.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { chooseBackend } from "../machine/backend-choice.ts";
import { wrapped } from "./course-texts.ts";
import { inOrder, quizFile, readMissed, writeMissed } from "./quiz-progress.ts";

export interface QuizOptions {
  topic?: string;
  seed: number;
  lang: string;
  count?: number;
  check?: boolean;
}

const phrases = {
  en: {
    question: "question",
    right: "right",
    wrong: "wrong",
    answer: "the answer is",
    score: "of",
    again: "missed ones come again another day",
    prompt: "answer (q ends): ",
    page: "page",
  },
  ja: {
    question: "問",
    right: "正解",
    wrong: "不正解",
    answer: "答えは",
    score: "/",
    again: "間違えた問題は別の日にまた出ます",
    prompt: "答え (q で終了): ",
    page: "スライド",
  },
} as const;

/** @returns the exit code */
export async function quizCommand(options: QuizOptions): Promise<number> {
  const language = known("language", options.lang, languages);
  const asked = options.topic === undefined ? questions : ofTopic(options.topic);
  await chooseBackend({ backend: "auto", threads: undefined });
  const output = terminalOf(process.stdout);
  if (options.check) return check(asked, options.seed, output);

  const file = quizFile();
  const missed: Record<string, string> = { ...(await readMissed(file)) };
  const today = new Date().toISOString().slice(0, 10);
  const order = new Random(options.seed, streamOf("quiz")).permutation(asked.length);
  const shuffled = inOrder(
    [...order].map((place) => asked[place]),
    missed,
    today,
  ).slice(0, options.count ?? 10);
  const lines = createInterface({ input: process.stdin, output: process.stdin.isTTY ? process.stdout : undefined });
  const answers = lines[Symbol.asyncIterator]();
  const words = phrases[language];
  let right = 0;
  let given = 0;
  for (const [index, question] of shuffled.entries()) {
    const posed = await question.pose(options.seed);
    output.write(questionText(`${words.question} ${index + 1}/${shuffled.length}`, question, posed, language, output));
    const answer = await nextAnswer(answers, posed, words.prompt, output);
    if (answer === null) break;
    given++;
    const correct = isRight(posed, answer);
    if (correct) {
      right++;
      delete missed[question.id];
    } else missed[question.id] = today;
    output.write(explanation(posed, answer, correct, language, output));
  }
  lines.close();
  await writeMissed(file, missed);
  output.write(
    `\n${output.colors.bold(`${right} ${words.score} ${given}`)}${right < given ? `  ${output.colors.dim(words.again)}` : ""}\n`,
  );
  return 0;
}

function ofTopic(topic: string): Question[] {
  const name = known("topic", topic, topics);
  return questions.filter((question) => question.topic === name);
}

/** Whether what is stated is what the library computes, for several seeds. */
async function check(asked: readonly Question[], seed: number, output: Terminal): Promise<number> {
  const seeds = [seed, seed + 1, seed + 2];
  let failed = 0;
  for (const question of asked) {
    for (const each of seeds) {
      const posed = await question.pose(each);
      if (agrees(posed)) continue;
      failed++;
      output.write(`${question.id}, seed ${each}: stated ${posed.stated}, computed ${posed.computed}\n`);
    }
  }
  const total = asked.length * seeds.length;
  output.write(
    `${total - failed} of ${total} stated answers (${asked.length} questions, ${seeds.length} seeds) are what the library computes\n`,
  );
  return failed === 0 ? 0 : 1;
}

const letters = "abcdefgh";

function questionText(
  title: string,
  { page }: Question,
  { ask, options }: Posed,
  language: Language,
  look: Terminal,
): string {
  const { bold, dim } = look.colors;
  const from = page === null ? "" : dim(`  ${phrases[language].page} ${page}`);
  const choices = (options ?? []).map(({ text }, index) => `  ${bold(letters[index])}  ${text[language]}`);
  return ["", `${dim(title)}${from}`, ...wrapped(ask[language], look.columns - 2), ...choices, ""].join("\n");
}

/** Asks until it is an answer; null at the end of the input. */
async function nextAnswer(
  answers: AsyncIterator<string>,
  { options }: Posed,
  prompt: string,
  output: Terminal,
): Promise<number | null> {
  for (;;) {
    output.write(prompt);
    const { value, done } = await answers.next();
    const text = done ? "q" : String(value).trim().toLowerCase();
    if (text === "q") return null;
    const answer = options === null ? numberOf(text) : letters.indexOf(text);
    if (
      text !== "" &&
      Number.isFinite(answer) &&
      (options === null || (text.length === 1 && answer >= 0 && answer < options.length))
    )
      return answer;
    const expected =
      options === null ? "a number, such as 0.25, 1/4 or 1e-3" : `a letter from a to ${letters[options.length - 1]}`;
    output.write(`got ${text === "" ? "nothing" : text}, expected ${expected}\n`);
  }
}

/** A number or a fraction of two. */
function numberOf(text: string): number {
  const parts = text.split("/").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : Number.NaN;
}

function explanation(posed: Posed, answer: number, correct: boolean, language: Language, look: Terminal): string {
  const { green, red, dim } = look.colors;
  const words = phrases[language];
  const found = posed.options === null ? String(Number(posed.computed.toPrecision(6))) : letters[posed.computed];
  const verdict = correct ? green(`✓ ${words.right}`) : red(`✗ ${words.wrong}, ${words.answer} ${found}`);
  const reasons =
    posed.options === null
      ? [posed.because[language]]
      : posed.options.map(
          ({ holds, because }, index) =>
            `${letters[index]}${index === answer ? "*" : " "} ${holds ? "✓" : "✗"} ${because[language]}`,
        );
  return `${[verdict, ...reasons.flatMap((reason) => wrapped(reason, look.columns - 2).map((line) => dim(`  ${line}`)))].join("\n")}\n`;
}
