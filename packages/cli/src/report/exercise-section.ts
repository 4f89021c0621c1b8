// One exercise in the report: what it teaches, its formula, ours against published, plots of all variants, then each variant.
import { bandsOf, type Exercise, formatted, type Outcome } from "tatamijs-course/frame";
import { japaneseExercise } from "tatamijs-course/japanese";
import { comparison, type Figure, figureOf } from "../course/figures.ts";
import { resultGroups, type Single } from "../course/result-groups.ts";
import { duration } from "../drawing/numbers.ts";
import { seriesStyles } from "../drawing/svg/series-style.ts";
import { svgElement } from "../drawing/svg/svg-document.ts";
import { escaped, type Wording } from "../drawing/svg/svg-text.ts";
import { divergenceWords, measureText, type OutcomeRow, outcomeRows, verdictHtml } from "./outcome-rows.ts";
import { both, type Html, say, table, words } from "./page-text.ts";
import type { ReportedExercise, ReportedPart } from "./report-runs.ts";

/** Units of a drawing in the page: what a telephone shows without shrinking. */
const figureWidth = 350;

/** Curves that one plot of all variants can hold. */
const mostCompared = 6;

/** A figure under the name of its files. */
export interface PlacedFigure {
  readonly stem: string;
  readonly figure: Figure;
}

export interface Section {
  readonly html: Html;
  /** whose data and pictures are to be written beside the page */
  readonly figures: readonly PlacedFigure[];
}

export interface SectionOptions {
  /** whether there are pictures to link to */
  readonly png: boolean;
}

export function exerciseSection(reported: ReportedExercise, options: SectionOptions): Section {
  const { exercise, parts } = reported;
  const { id, formula } = exercise;
  const japanese = japaneseExercise(id);
  const compared = comparisons(reported).map((figure) => ({ stem: `${id}-${figure.name}`, figure }));
  const single = parts.length === 1;
  const variants = parts.map((part, index) => variantBlock(part, { ...options, single, open: index === 0 }));
  const title = words(exercise.title, japanese?.title ?? exercise.title);
  return {
    html: [
      `<section class="exercise" id="${id}">`,
      `<h2><span class="id">${escaped(id)}</span>${both(title)}</h2>`,
      `<p>${both(words(exercise.teaches, japanese?.teaches ?? exercise.teaches))}</p>`,
      `<div class="formula">${formulaLines(words(formula, japanese?.formula ?? formula))}</div>`,
      settingsTable(exercise),
      outcomeTable(outcomeRows(reported)),
      publishes(exercise) ? "" : measuresOverVariants(reported),
      compared.length === 0 ? "" : figureGrid(compared, options),
      ...variants.map(({ html }) => html),
      "</section>",
    ].join("\n"),
    figures: [...compared, ...variants.flatMap(({ figures }) => figures)],
  };
}

/** What semicolons part is said line by line. */
function formulaLines({ en, ja }: { readonly en: string; readonly ja: string }): Html {
  const lines = (formula: string): Html =>
    formula
      .split("; ")
      .map((line) => `<span class="line">${formulaHtml(line)}</span>`)
      .join("");
  return en === ja ? lines(en) : `<span lang="en">${lines(en)}</span><span lang="ja">${lines(ja)}</span>`;
}

/** What the line of text writes as x_n, x_{n−1}, x^n and x^(1/n) stands below and above. */
function formulaHtml(line: string): Html {
  return escaped(line)
    .replaceAll(/_\{([^}]*)\}|_(\w)/g, (_, several?: string, one?: string) => `<sub>${several ?? one}</sub>`)
    .replaceAll(
      /\^\(([^)]*)\)|\^(\w(?:\([^)]*\))?)/g,
      (_, several?: string, one?: string) => `<sup>${several ?? one}</sup>`,
    );
}

function settingsTable(exercise: Exercise): Html {
  const settings = Object.entries(exercise.settings);
  if (settings.length === 0) return "";
  const rows = settings.map(([key, setting]) => [
    `<code>${escaped(key)}</code>`,
    `<code>${escaped(setting.format(setting.default))}</code>`,
    both(say(setting.doc)),
  ]);
  const heading = both(words(`${settings.length} settings and their defaults`, `設定 ${settings.length} 項目と既定値`));
  return `<details class="settings"><summary>${heading}</summary>${table([both(words("setting", "設定")), both(words("default", "既定値")), both(words("what it decides", "内容"))], rows)}</details>`;
}

function outcomeTable(rows: readonly OutcomeRow[]): Html {
  if (rows.length === 0) return "";
  const cells = rows.map(({ part, measure, outcome, published, verdict, why }) => {
    const { variant } = part.configuration;
    const theirs = published.map((value) => measureText(measure, value)).join(" ");
    return {
      cells: [
        `<a href="#${escaped(anchorOf(part))}">${escaped(variant.name)}</a><small>${both(say(measure))}</small>`,
        outcome === null ? "–" : oursHtml(outcome),
        theirs === "" ? "–" : theirs,
        verdictHtml(verdict),
      ],
      below: why === null ? "" : both(why),
    };
  });
  const most = Math.max(...rows.map(({ part }) => part.runs.length));
  const head = [
    words("variant, measure", "条件、指標"),
    most === 1
      ? words("ours (1 seed)", "本実装 (シード 1 個)")
      : words(`ours: median, min–max of ${most} seeds`, `本実装: 中央値、最小–最大 (シード ${most} 個)`),
    words("published", "公表値"),
    words("verdict", "判定"),
  ];
  return table(head.map(both), cells, { kind: "outcomes" });
}

function oursHtml({ measure, median, low, high }: Outcome): Html {
  const [middle, from, to] = [median, low, high].map((value) => measureText(measure, value));
  if (from === to) return middle;
  return `${middle}<small>${from}${low < 0 ? " to " : "–"}${to}</small>`;
}

/** Where nobody published anything: measures and variants, the more numerous ones below each other. */
function measuresOverVariants({ parts }: ReportedExercise): Html {
  const measures = [...new Set(parts.flatMap(({ outcomes }) => outcomes.map(({ measure }) => measure)))];
  if (parts.length < 2 || measures.length === 0) return "";
  const names = parts.map(
    (part) => `<a href="#${escaped(anchorOf(part))}">${escaped(part.configuration.variant.name)}</a>`,
  );
  const titles = measures.map((measure) => both(say(measure)));
  const cell = ({ outcomes }: ReportedPart, measure: string): Html => {
    const outcome = outcomes.find((found) => found.measure === measure);
    return outcome === undefined ? "–" : oursHtml(outcome);
  };
  const caption = both(
    words("ours: median, min–max over seeds; nobody published any", "本実装: 中央値、最小–最大。公表値なし"),
  );
  const [head, rows] =
    parts.length > measures.length
      ? [
          [both(words("variant", "条件")), ...titles],
          parts.map((part, index) => [names[index]!, ...measures.map((measure) => cell(part, measure))]),
        ]
      : [
          [both(words("measure", "指標")), ...names],
          measures.map((measure, index) => [titles[index]!, ...parts.map((part) => cell(part, measure))]),
        ];
  return table(head, rows, { kind: "outcomes over", caption });
}

const anchorOf = ({ configuration }: ReportedPart): string =>
  `${configuration.exercise.id}-${configuration.variant.name}`;

const publishes = ({ variants }: Exercise): boolean => variants.some(({ published }) => published.length > 0);

/** The test accuracies of the variants, a few in each plot. */
function comparisons({ parts }: ReportedExercise): Figure[] {
  const variants = parts.map(({ configuration, runs }) => ({ name: configuration.variant.name, runs }));
  const count = Math.ceil(variants.length / mostCompared);
  const each = Math.ceil(variants.length / count);
  return Array.from({ length: count }, (_, index) => variants.slice(index * each, (index + 1) * each)).flatMap(
    (group, index) => {
      const title = count === 1 ? "test accuracy of the variants" : `test accuracy of the variants, ${index + 1}`;
      const styles = seriesStyles(group.map(({ name }) => name));
      return comparison(title, group, { plot: "accuracy", name: "test" }, styles) ?? [];
    },
  );
}

interface VariantOptions extends SectionOptions {
  /** whether it is the only one shown */
  readonly single: boolean;
  readonly open: boolean;
}

function variantBlock(part: ReportedPart, options: VariantOptions): Section {
  const { exercise, variant, values, changed } = part.configuration;
  const stem = anchorOf(part);
  const shown = content(part, stem, options);
  const set = [
    ...Object.entries(variant.set).map(([key, value]) => `${key}=${value}`),
    ...changed.map((key) => `${key}=${formatted(exercise, values, key)}`),
  ];
  const description = japaneseExercise(exercise.id)?.variants[variant.name];
  const said: Wording = description === undefined ? variant.description : words(variant.description, description);
  const body = [
    set.length === 0
      ? ""
      : `<p class="soft">${both(words("differs from the defaults in", "既定値との違い"))}: <code>${escaped(set.join(", "))}</code></p>`,
    shown.html,
    `<pre>${escaped(commandOf(part))}</pre>`,
    part.runs.length === 0 ? "" : `<p class="soft">${both(timeWords(part))}</p>`,
  ].join("\n");
  const html = options.single
    ? `<div id="${escaped(stem)}"><p class="soft">${both(said)}</p>${body}</div>`
    : `<details class="variant" id="${escaped(stem)}"${options.open ? " open" : ""}><summary><b>${escaped(variant.name)}</b><span class="soft">${both(said)}</span></summary>${body}</details>`;
  return { html, figures: shown.figures };
}

function timeWords({ runs }: ReportedPart): Wording {
  const time = duration(runs.reduce((total, { seconds }) => total + seconds, 0));
  const continued = runs.filter(({ from }) => from !== undefined).length;
  const [en, ja] =
    continued === 0
      ? ["", ""]
      : [
          `, without what ${continued} of them had done before they were stopped`,
          `(うち ${continued} 回は中断後に再開した分の時間)`,
        ];
  return words(
    `${runs.length} run${runs.length === 1 ? "" : "s"}, ${time}${en}`,
    `${runs.length} 回の実行、${time}${ja}`,
  );
}

/** The command that gives the same again. */
export function commandOf({ configuration, seeds }: Pick<ReportedPart, "configuration" | "seeds">): string {
  const { exercise, variant, values, changed } = configuration;
  const range = seeds.every((seed, index) => seed === seeds[0] + index) && seeds.length > 1;
  return [
    `npx tatami course run ${exercise.id} --variant ${variant.name}`,
    ...changed.map((key) => `--set ${key}=${formatted(exercise, values, key)}`),
    `--seeds ${range ? `${seeds[0]}..${seeds.at(-1)}` : seeds.join(",")}`,
  ].join(" ");
}

/** What the runs yielded, in its order; neighbouring figures side by side. */
function content(part: ReportedPart, stem: string, options: VariantOptions): Section {
  const { runs, failure } = part;
  const html: Html[] = [];
  const figures: PlacedFigure[] = [];
  if (failure !== null)
    html.push(`<p class="notice">${both(words(`could not run: ${failure}`, `実行できませんでした: ${failure}`))}</p>`);
  else if (part.aborted)
    html.push(
      `<p class="notice">${both(words(`${runs.length} of ${part.seeds.length} seeds are done`, `シード ${part.seeds.length} 個のうち ${runs.length} 個まで完了`))}</p>`,
    );
  for (const { seed, results } of runs) {
    for (const result of results) {
      if (result.kind !== "diverged") continue;
      const { en, ja } = divergenceWords(result) as { en: string; ja: string };
      html.push(`<p class="notice">${both(words(`seed ${seed}: ${en}`, `シード ${seed}: ${ja}`))}</p>`);
    }
  }
  const bands = bandsOf(runs);
  let waiting: PlacedFigure[] = [];
  const place = (): void => {
    if (waiting.length > 0) html.push(figureGrid(waiting, options));
    waiting = [];
  };
  for (const group of resultGroups(runs[0]?.results ?? [])) {
    const figure = figureOf(group, runs, bands);
    if (figure !== null) {
      const placed = { stem: `${stem}-${figure.name}`, figure };
      figures.push(placed);
      waiting.push(placed);
      continue;
    }
    const single = group.kind === "single" ? singleHtml(group.result) : "";
    if (single === "") continue;
    place();
    html.push(single);
  }
  place();
  html.push(measuresTable(part, options.single));
  return { html: html.join("\n"), figures };
}

function figureGrid(placed: readonly PlacedFigure[], { png }: SectionOptions): Html {
  const items = placed.map(({ stem, figure }) => {
    const title = say(figure.title);
    const drawing = figure.draw({ width: figureWidth, say });
    const files = figure.data.map(({ name }) => {
      const file = `data/${stem.slice(0, stem.length - figure.name.length)}${name}.csv`;
      return `<a href="${escaped(file)}">${both(words(name.endsWith("-contours") ? "contours (CSV)" : "data (CSV)", name.endsWith("-contours") ? "等高線 (CSV)" : "データ (CSV)"))}</a>`;
    });
    const picture = png ? [`<a href="plots/${escaped(stem)}.png">PNG</a>`] : [];
    return `<figure><figcaption>${both(title)}</figcaption>${svgElement(title, drawing)}<p class="links">${[...files, ...picture].join(" · ")}</p></figure>`;
  });
  return `<div class="figures">${items.join("\n")}</div>`;
}

function singleHtml(result: Single): Html {
  switch (result.kind) {
    case "text":
      return result.text
        .split("\n")
        .map((line) => `<p>${both(say(line))}</p>`)
        .join("");
    case "table": {
      const rows = result.rows.map((row) =>
        row.map((cell) => (typeof cell === "number" ? numberText(cell) : both(say(cell)))),
      );
      return table(
        result.columns.map((column) => both(say(column))),
        rows,
        { kind: "data", caption: both(say(result.title)) },
      );
    }
    case "verdict":
      return `<p class="verdict"><i class="${result.holds ? "inside" : "outside"}">${result.holds ? "✓" : "✗"}</i>${both(say(result.claim))}<small>${both(say(result.detail))}</small></p>`;
    default:
      return "";
  }
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

/** What the exercise's tables do not have. */
function measuresTable(part: ReportedPart, single: boolean): Html {
  const { exercise } = part.configuration;
  // these stand side by side over all variants
  if (!publishes(exercise) && !single) return "";
  const shown = new Set(outcomeRows({ exercise, parts: [part] }).map(({ measure }) => measure));
  const rest = part.outcomes.filter(({ measure }) => !shown.has(measure));
  if (rest.length === 0) return "";
  const rows = rest.map((outcome) => [both(say(outcome.measure)), oursHtml(outcome)]);
  return table([both(words("measure", "指標")), both(words("ours", "本実装"))], rows, { kind: "outcomes few" });
}
