// Which questions were missed, and on which day: kept in a file of the user's, so that they come again another day.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The day each question was last missed, by id, such as { "chain-rule": "2026-01-31" }. */
export type Missed = Readonly<Record<string, string>>;

export function quizFile(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment.XDG_STATE_HOME || join(homedir(), ".local", "state"), "tatami", "quiz.json");
}

/** What is not there or damaged counts as nothing missed: it is a convenience, not data. */
export async function readMissed(file: string): Promise<Missed> {
  try {
    const content: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof content !== "object" || content === null || Array.isArray(content)) return {};
    return Object.fromEntries(Object.entries(content).filter(([, day]) => typeof day === "string"));
  } catch {
    return {};
  }
}

export async function writeMissed(file: string, missed: Missed): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(missed, null, 2)}\n`);
}

/** Those missed on an earlier day first, the others in their order. */
export function inOrder<Q extends { readonly id: string }>(
  questions: readonly Q[],
  missed: Missed,
  today: string,
): Q[] {
  const due = ({ id }: Q): boolean => missed[id] !== undefined && missed[id] < today;
  return [...questions.filter(due), ...questions.filter((question) => !due(question))];
}
