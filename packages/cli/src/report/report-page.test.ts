// The page about runs that are made up here.
import { exercises } from "tatamijs-course";
import { outcomesOf, type Result } from "tatamijs-course/frame";
import { describe, expect, it } from "vitest";
import type { OutcomeRow } from "./outcome-rows.ts";
import { type ReportPage, reportPage } from "./report-page.ts";
import { planReport } from "./report-plan.ts";
import type { ReportedExercise } from "./report-runs.ts";

const facts = { date: "2026-01-31", quick: false, backend: "wasm, 1 thread", version: "0.1.0", png: false };
const plot = { title: "accuracy", x: { label: "iterations" }, y: { label: "accuracy", scale: "share" } } as const;

interface Made {
  readonly value: number;
  readonly diverged?: boolean;
}

const resultsOf = ({ value, diverged = false }: Made, seed: number): Result[] => [
  { kind: "series", plot, name: "test", points: [[10, value / 2], ...(diverged ? [] : [[20, value] as const])] },
  ...(diverged ? [{ kind: "diverged", step: 17, place: "layer 2 (Linear)" } as const] : []),
  ...(diverged && seed === 1 ? [] : [{ kind: "measure", name: "test accuracy", value } as const]),
];

/** 2_5's two variants and 2_1, with the accuracies given for the seeds. */
function page(accuracies: readonly Made[], changes: Partial<typeof facts> = {}, set = {}): ReportPage {
  const plan = planReport({ ids: ["2_1"], quick: false, seeds: accuracies.map((_, index) => index + 1) }, exercises);
  const reported = plan.map(({ exercise, parts }): ReportedExercise => {
    const done = parts.map(({ configuration, seeds }) => {
      const runs = accuracies.map((made, index) => ({
        seed: index + 1,
        seconds: 1,
        results: resultsOf(made, index + 1),
      }));
      const outcomes = outcomesOf(runs, configuration.variant.published);
      return { configuration, seeds, runs, outcomes, failure: null, aborted: false, ...set };
    });
    return { exercise, parts: done };
  });
  return reportPage(reported, plan, { ...facts, ...changes });
}

const row = (made: readonly number[]): OutcomeRow => page(made.map((value) => ({ value }))).rows[0];

describe("reportPage(reported)", () => {
  const { html, figures } = page([{ value: 0.91 }, { value: 0.92 }]);

  it("needs nothing but itself: no address, no file but those beside it", () => {
    expect(html).not.toMatch(/https?:\/\//);
    for (const [, address] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      expect(address).toMatch(/^(#|data\/[\w.-]+\.csv$|data:image\/png)/);
    }
    expect(html).not.toMatch(/@import|url\(|NaN|undefined/);
  });

  it("has what is taught, formula, settings, plots, ours against published, and the command, in both languages", () => {
    for (const part of [
      '<span lang="en">Forward and backward</span><span lang="ja">順伝播と逆伝播</span>',
      "A network with one hidden layer learns digits",
      "すべての重みの勾配は",
      "w ← w − lr · ∂L/∂w",
      "<code>evaluateEvery</code>",
      "評価の間隔",
      "<svg ",
      ">.915<small>.910–.920</small>",
      "✓ inside",
      "npx tatami course run 2_1 --variant published --seeds 1..2",
      'href="data/2_1-published-accuracy.csv"',
      "prefers-color-scheme:dark",
      "@media print",
    ]) {
      expect(html).toContain(part);
    }
    expect(figures.map(({ stem }) => stem)).toEqual(["2_1-published-accuracy"]);
    expect(html).not.toMatch(/This is the quick report|Not complete/);
  });

  it("names what a plot shows to who cannot see it, and marks no text it has not", () => {
    expect(html).toMatch(/<svg [^>]*role="img" aria-label="accuracy \/ 正解率"/);
  });

  it("is closed as it was opened", () => {
    for (const tag of ["section", "details", "figure", "div", "table", "svg", "span", "p"]) {
      const count = (pattern: string): number => html.match(new RegExp(pattern, "g"))?.length ?? 0;
      expect(count(`<${tag}[ >]`), tag).toBe(count(`</${tag}>`));
    }
  });

  it("says that it is quick, and that it is not complete", () => {
    expect(page([{ value: 0.9 }], { quick: true }).html).toContain("This is the quick report");
    const { html: part } = page([{ value: 0.9 }], {}, { runs: [], outcomes: [], aborted: true });
    expect(part).toContain("Not complete: 0 of 1 runs are done");
    expect(part).toContain("not run yet");
  });

  it("links to pictures where there are some", () => {
    expect(page([{ value: 0.9 }], { png: true }).html).toContain('href="plots/2_1-published-accuracy.png"');
  });

  it("shows the step and the layer where training diverged, and goes on with the rest", () => {
    const { html: diverged } = page([{ value: 0.5, diverged: true }, { value: 0.915 }]);
    expect(diverged).toContain("seed 1: diverged at step 17, first in layer 2 (Linear)");
    expect(diverged).toContain("シード 1: ステップ 17 で発散");
    expect(page([{ value: 0.5, diverged: true }]).rows[0]).toMatchObject({ outcome: null, verdict: "missing" });
  });

  it("shows why a variant could not run", () => {
    const { html: failed } = page(
      [{ value: 0.9 }],
      {},
      { runs: [], outcomes: [], failure: "no <data>", aborted: true },
    );
    expect(failed).toContain("could not run: no &lt;data&gt;");
  });
});

describe("the verdict of a row", () => {
  it("is inside where our median lies in the published spread widened by our own", () => {
    expect(row([0.9158]).verdict).toBe("inside");
    expect(row([0.91, 0.92, 0.93]).verdict).toBe("inside");
  });

  it("is outside where it does not, with how far, and why as far as that is known", () => {
    const few = row([0.5]);
    expect(few.verdict).toBe("outside");
    expect(few.why).toMatchObject({
      en: expect.stringContaining(".416 below the lowest published value. 1 seed of ours"),
    });
    const many = row([0.951, 0.951, 0.952, 0.952, 0.952]);
    expect(many.why).toMatchObject({ en: ".036 above the highest published value. No cause is known." });
  });

  it("is none where settings differ from the published ones", () => {
    const [{ parts }] = planReport({ ids: ["2_8"], quick: true }, exercises);
    expect(parts[0].configuration.changed).toEqual(["evaluateEvery"]);
    const [{ parts: smaller }] = planReport({ ids: ["record"], quick: true }, exercises);
    expect(smaller[0].configuration.changed).toContain("trainSize");
  });
});
