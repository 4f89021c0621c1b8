// HTML with every text in both languages, of which a page shows one.
import { japanese } from "tatamijs-course/japanese";
import { escaped, type Wording } from "../drawing/svg/svg-text.ts";

/** The same in both languages; a name, a number or a formula is one text for both. */
export function both(wording: Wording): string {
  if (typeof wording === "string") return escaped(wording);
  return `<span lang="en">${escaped(wording.en)}</span><span lang="ja">${escaped(wording.ja)}</span>`;
}

/** A text of the course with its Japanese, where it has one. */
export function say(text: string): Wording {
  const ja = japanese(text);
  return ja === null || ja === text ? text : { en: text, ja };
}

export function words(en: string, ja: string): { readonly en: string; readonly ja: string } {
  return { en, ja };
}

export type Html = string;

/** A row, and what is said below it over the whole width. */
export interface Row {
  readonly cells: readonly Html[];
  readonly below: Html;
}

export function table(
  head: readonly Html[],
  rows: readonly (readonly Html[] | Row)[],
  { kind = "", caption = "" }: { kind?: string; caption?: Html } = {},
): Html {
  const title = caption === "" ? "" : `<caption><span>${caption}</span></caption>`;
  const first = head.map((cell) => `<th scope="col">${cell}</th>`).join("");
  const body = rows.map((row) => {
    const { cells, below } = "cells" in row ? row : { cells: row, below: "" };
    const line = cells
      .map((cell, index) => (index === 0 ? `<th scope="row">${cell}</th>` : `<td>${cell}</td>`))
      .join("");
    const more = below === "" ? "" : `<tr class="below"><td colspan="${cells.length}">${below}</td></tr>`;
    return `<tr${below === "" ? "" : ' class="more"'}>${line}</tr>${more}`;
  });
  return `<div class="scroll" role="group" tabindex="0"><table class="${kind}">${title}<thead><tr>${first}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}
