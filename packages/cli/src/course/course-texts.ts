// The list of exercises and the page of one, for a person to read.
import type { Exercise, Variant } from "tatamijs-course/frame";
import { share } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import type { Terminal } from "../drawing/terminal.ts";

type Look = Pick<Terminal, "columns" | "colors">;

export function exerciseList(exercises: readonly Exercise[], { colors }: Look): string {
  const width = Math.max(...exercises.map(({ id }) => id.length));
  const lines = exercises.map(({ id, title, variants }) => {
    const count = variants.length === 1 ? "" : colors.dim(`  ${variants.length} variants`);
    return `  ${colors.bold(id.padEnd(width))}  ${title}${count}`;
  });
  const advice = colors.dim("tatami course show ID tells more, tatami course run ID runs one");
  return ["", ...lines, "", `  ${advice}`, "", ""].join("\n");
}

export function exercisePage(exercise: Exercise, look: Look): string {
  const { id, title, teaches, formula, variants, settings } = exercise;
  const { bold, dim } = look.colors;
  const rows = Object.entries(settings).map(([key, setting]) => [
    key,
    setting.format(setting.default),
    setting.range,
    setting.doc,
  ]);
  const keyWidth = Math.max(0, ...rows.map(([key]) => key.length));
  const settingLines = rows.flatMap(([key, initial, range, doc]) => [
    `  ${bold(key.padEnd(keyWidth))}  ${initial}`,
    ...wrapped(`${doc}; ${range}`, look.columns - keyWidth - 4).map(
      (line) => `  ${" ".repeat(keyWidth)}  ${dim(line)}`,
    ),
  ]);
  return [
    "",
    `${bold(id)}  ${bold(title)}`,
    "",
    ...wrapped(teaches, look.columns - 2).map((line) => `  ${line}`),
    "",
    ...wrapped(formula, look.columns - 2).map((line) => `  ${dim(line)}`),
    "",
    bold("variants"),
    ...variants.flatMap((variant, index) => variantLines(variant, index === 0, look)),
    "",
    bold("settings, with their defaults"),
    ...settingLines,
    "",
    "",
  ].join("\n");
}

function variantLines({ name, description, set, published }: Variant, first: boolean, look: Look): string[] {
  const { bold, dim, green } = look.colors;
  const changes = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const wide = look.columns - 6;
  return [
    `  ${bold(name)}${first ? dim("  runs unless another is asked for") : ""}`,
    ...wrapped(description, wide).map((line) => `      ${line}`),
    ...(changes.length === 0 ? [] : wrapped(changes.join(" "), wide).map((line) => `      ${dim(line)}`)),
    ...table(
      published.map(({ measure, values, orMore = false }) => [
        "published",
        measure,
        values.map((value) => (measure.includes("accuracy") ? share(value) : String(value))).join(" ") +
          (orMore ? " or more" : ""),
      ]),
      ["left", "left", "left"],
    ).map((line) => `      ${green(line)}`),
  ];
}

/** Text in lines of at most `width` columns, broken between words, and anywhere between letters of Chinese and Japanese. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  // a piece goes behind the one before it with this between them
  let gap = "";
  for (const word of text.split(" ")) {
    for (const piece of word.match(/[\u3000-\u9fff\uff00-\uffef]|[^\u3000-\u9fff\uff00-\uffef]+/g) ?? []) {
      const last = lines.at(-1);
      if (last !== undefined && columnsOf(last) + gap.length + columnsOf(piece) <= width) {
        lines[lines.length - 1] = `${last}${gap}${piece}`;
      } else lines.push(piece);
      gap = "";
    }
    gap = " ";
  }
  return lines;
}

/** Letters from CJK punctuation on are two columns wide. */
function columnsOf(text: string): number {
  return [...text].reduce((total, letter) => total + (letter >= "\u3000" ? 2 : 1), 0);
}
