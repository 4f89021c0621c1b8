// The report as one HTML page that needs nothing but itself: contents, all outcomes, and a section for each exercise.
import { japaneseExercise } from "tatamijs-course/japanese";
import { escaped } from "../drawing/svg/svg-text.ts";
import { exerciseSection, type PlacedFigure } from "./exercise-section.ts";
import { type OutcomeRow, outcomeRows } from "./outcome-rows.ts";
import { pageScript, pageStyle } from "./page-style.ts";
import { both, type Html, say, words } from "./page-text.ts";
import type { PlannedExercise } from "./report-plan.ts";
import type { ReportedExercise } from "./report-runs.ts";

export interface ReportFacts {
  /** as YYYY-MM-DD */
  readonly date: string;
  readonly quick: boolean;
  /** such as "native (avx2), 2 threads" */
  readonly backend: string;
  readonly version: string;
  readonly png: boolean;
}

export interface ReportPage {
  readonly html: Html;
  readonly figures: readonly PlacedFigure[];
  readonly rows: readonly OutcomeRow[];
}

const titles = {
  en: "Deep Learning, Day 2: the exercises, run",
  ja: "深層学習 day2 演習レポート",
};

export function reportPage(
  reported: readonly ReportedExercise[],
  plan: readonly PlannedExercise[],
  facts: ReportFacts,
): ReportPage {
  const sections = reported.map((exercise) => exerciseSection(exercise, facts));
  const rows = reported.flatMap(outcomeRows);
  const html = [
    "<!doctype html>",
    `<html lang="en" data-lang="en" data-titles="${escaped(JSON.stringify(titles))}">`,
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(titles.en)}</title>`,
    `<style>${pageStyle}</style>`,
    `<script>${pageScript}</script>`,
    "</head>",
    "<body>",
    '<header class="top">',
    switches,
    `<h1>${both(titles)}</h1>`,
    introduction(facts),
    ...notices(reported, plan, facts),
    summary(rows),
    contents(reported),
    "</header>",
    "<main>",
    ...sections.map((section) => section.html),
    "</main>",
    `<footer>${both(words(`Made by tatami ${facts.version} on ${facts.date}.`, `tatami ${facts.version} により ${facts.date} に作成。`))}</footer>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
  return { html, figures: sections.flatMap(({ figures }) => figures), rows };
}

const button = (key: "lang" | "theme", value: string, label: Html): Html =>
  `<button type="button" data-${key}="${value}" aria-pressed="false">${label}</button>`;

const switches = [
  '<div class="switches">',
  `<div role="group" aria-label="language / 言語">${button("lang", "en", "English")}${button("lang", "ja", "日本語")}</div>`,
  `<div role="group" aria-label="light / 明るさ">${button("theme", "auto", both(words("system", "自動")))}${button("theme", "light", both(words("light", "明")))}${button("theme", "dark", both(words("dark", "暗")))}</div>`,
  "</div>",
].join("");

function introduction({ backend }: ReportFacts): Html {
  const en = `Every exercise of the course day as Tatami runs it (${backend}), beside what students and the book published. An outcome is inside when our median lies in the published spread, widened by the spread of our own seeds.`;
  const ja = `この講座の各演習を Tatami で実行し (${backend})、受講者や書籍が公表した結果と並べました。本実装の中央値が、公表値の幅にシード間の幅を加えた範囲に入れば「範囲内」とします。`;
  return `<p>${both(words(en, ja))}</p>`;
}

function notices(
  reported: readonly ReportedExercise[],
  plan: readonly PlannedExercise[],
  { quick }: ReportFacts,
): Html[] {
  const found: Html[] = [];
  if (quick) {
    const en =
      "This is the quick report: one to three seeds, not every variant, and where an exercise says so fewer images or steps. What ran with other settings than the published ones is not judged. Leave --quick out for the whole.";
    const ja =
      "これは簡易版 (--quick) です。シードは 1〜3 個で、一部の条件を省き、演習によっては画像数やステップ数も減らしています。公表時と異なる設定の結果は判定しません。--quick を外すと完全版になります。";
    found.push(`<p class="notice">${both(words(en, ja))}</p>`);
  }
  const wanted = plan.reduce((total, { parts }) => total + parts.reduce((sum, { seeds }) => sum + seeds.length, 0), 0);
  const done = reported.reduce((total, { parts }) => total + parts.reduce((sum, { runs }) => sum + runs.length, 0), 0);
  if (done < wanted) {
    const en = `Not complete: ${done} of ${wanted} runs are done. The same command goes on where it stopped.`;
    const ja = `未完了: ${wanted} 回の実行のうち ${done} 回が済んでいます。同じコマンドで続きから再開します。`;
    found.push(`<p class="notice">${both(words(en, ja))}</p>`);
  }
  return found;
}

function summary(rows: readonly OutcomeRow[]): Html {
  const published = rows.filter(({ verdict }) => verdict === "inside" || verdict === "outside");
  if (published.length === 0) return "";
  const outside = published.filter(({ verdict }) => verdict === "outside");
  const inside = published.length - outside.length;
  const list = outside.map(({ part, measure }) => {
    const { exercise, variant } = part.configuration;
    return `<a href="#${escaped(`${exercise.id}-${variant.name}`)}">${escaped(`${exercise.id} ${variant.name}`)}, ${both(say(measure))}</a>`;
  });
  const text = words(
    `${inside} of ${published.length} published outcomes are inside${outside.length === 0 ? "." : "; outside:"}`,
    `公表された結果 ${published.length} 件のうち ${inside} 件が範囲内${outside.length === 0 ? "です。" : "です。範囲外:"}`,
  );
  return `<p><b>${both(text)}</b> ${list.join(", ")}</p>`;
}

function contents(reported: readonly ReportedExercise[]): Html {
  const items = reported.map((found) => {
    const { id, title } = found.exercise;
    const rows = outcomeRows(found);
    const count = (verdict: OutcomeRow["verdict"]): number => rows.filter((row) => row.verdict === verdict).length;
    const marks = [
      count("inside") === 0 ? "" : ` <span class="mark inside">✓${count("inside")}</span>`,
      count("outside") === 0 ? "" : ` <span class="mark outside">✗${count("outside")}</span>`,
    ].join("");
    const name = both(words(title, japaneseExercise(id)?.title ?? title));
    return `<li><b>${escaped(id)}</b><span><a href="#${id}">${name}</a>${marks}</span></li>`;
  });
  return `<nav aria-label="contents / 目次"><ol>${items.join("\n")}</ol></nav>`;
}
