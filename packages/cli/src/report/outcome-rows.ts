// Ours beside what was published: one row for each measure of each variant, with a verdict, and why where it is outside.
import { asPublished, type Diverged, type Outcome } from "tatamijs-course/frame";
import { short } from "../drawing/chart-scale.ts";
import { share } from "../drawing/numbers.ts";
import type { Wording } from "../drawing/svg/svg-text.ts";
import { both, say, words } from "./page-text.ts";
import type { ReportedExercise, ReportedPart } from "./report-runs.ts";

export type Verdict = "inside" | "outside" | "other settings" | "unpublished" | "missing";

export interface OutcomeRow {
  readonly part: ReportedPart;
  readonly measure: string;
  /** null where no run came to it */
  readonly outcome: Outcome | null;
  readonly published: readonly number[];
  readonly verdict: Verdict;
  /** what a reader has to know besides */
  readonly why: Wording | null;
}

/** Those that were published for any variant, of all variants. */
export function outcomeRows({ exercise, parts }: ReportedExercise): OutcomeRow[] {
  const wanted = new Set(exercise.variants.flatMap(({ published }) => published.map(({ measure }) => measure)));
  return parts.flatMap((part) => {
    const { published } = part.configuration.variant;
    const found = part.outcomes.map(({ measure }) => measure);
    const measures = [...wanted].filter(
      (measure) => found.includes(measure) || published.some((own) => own.measure === measure),
    );
    return measures.map((measure) => rowOf(part, measure));
  });
}

function rowOf(part: ReportedPart, measure: string): OutcomeRow {
  const outcome = part.outcomes.find((found) => found.measure === measure) ?? null;
  const published = part.configuration.variant.published.find((found) => found.measure === measure);
  const values = published?.values ?? [];
  const row = { part, measure, outcome, published: values };
  if (outcome === null) return { ...row, verdict: "missing", why: whyMissing(part) };
  if (values.length === 0) return { ...row, verdict: "unpublished", why: null };
  if (!asPublished(part.configuration)) return { ...row, verdict: "other settings", why: null };
  if (outcome.published!.inside) return { ...row, verdict: "inside", why: null };
  return { ...row, verdict: "outside", why: whyOutside(outcome, published!.note) };
}

function whyMissing({ failure, runs, aborted }: ReportedPart): Wording {
  if (failure !== null) return words(`could not run: ${failure}`, `実行できませんでした: ${failure}`);
  const diverged = runs.flatMap(({ results }) =>
    results.filter((result): result is Diverged => result.kind === "diverged"),
  );
  if (diverged.length > 0) return divergenceWords(diverged[0]);
  return aborted ? words("not run yet", "未実行") : words("not measured", "測定なし");
}

export function divergenceWords({ label, step, place }: Diverged): Wording {
  const [en, ja] = label === undefined ? ["", ""] : [`${label}: `, `${japaneseOf(label)}: `];
  return words(
    `${en}diverged at step ${step}, first in ${place}`,
    `${ja}ステップ ${step} で発散 (最初に有限でなくなった場所: ${place})`,
  );
}

const japaneseOf = (label: string): string => {
  const wording = say(label);
  return typeof wording === "string" ? wording : wording.ja;
};

/** Enough seeds that their spread says something. */
const enough = 5;

function whyOutside({ values, median, published, measure }: Outcome, note: string | undefined): Wording {
  const [low, high] = [Math.min(...published!.values), Math.max(...published!.values)];
  const off = median < low ? low - median : median - high;
  const [side, sideInJapanese] =
    median < low ? ["below the lowest", "最小値より下"] : ["above the highest", "最大値より上"];
  const amount = measureText(measure, off);
  const distance = words(`${amount} ${side} published value.`, `公表値の${sideInJapanese} (差 ${amount})。`);
  const cause =
    note !== undefined
      ? say(note)
      : values.length < enough
        ? words(
            `${values.length} seed${values.length === 1 ? "" : "s"} of ours and ${published!.values.length} published run${published!.values.length === 1 ? "" : "s"} say little about either spread: --seeds 1..5 shows more.`,
            `こちらのシード ${values.length} 個と公表された ${published!.values.length} 回だけでは、ばらつきの幅がわかりません。--seeds 1..5 で確かめられます。`,
          )
        : words("No cause is known.", "原因はわかっていません。");
  const [a, b] = [distance, cause].map((part) => (typeof part === "string" ? words(part, part) : part)) as {
    en: string;
    ja: string;
  }[];
  return words(`${a.en} ${b.en}`, `${a.ja}${b.ja}`);
}

/** Accuracies as the course writes them, other numbers short. */
export function measureText(measure: string, value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (measure.includes("accuracy") && Math.abs(value) <= 1) return share(value);
  return Number.isInteger(value) ? value.toLocaleString("en-US") : short(value);
}

export const verdictWords: Readonly<Record<Verdict, Wording>> = {
  inside: words("✓ inside", "✓ 範囲内"),
  outside: words("✗ outside", "✗ 範囲外"),
  "other settings": words("other settings", "設定が異なる"),
  unpublished: "–",
  missing: words("none", "なし"),
};

export function verdictHtml(verdict: Verdict): string {
  const kind = verdict === "inside" || verdict === "outside" ? verdict : "soft";
  return `<span class="${kind}">${both(verdictWords[verdict])}</span>`;
}
