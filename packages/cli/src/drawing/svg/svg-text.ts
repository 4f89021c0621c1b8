// Text in SVG: escaped, measured without a browser, wrapped, and in one or two languages.

/** A text, or the same in both languages of a page that switches between them. */
export type Wording = string | { readonly en: string; readonly ja: string };

export type Say = (text: string) => Wording;

/** One language: texts as they are. */
export const asItIs: Say = (text) => text;

export const fontSize = 11;

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** About how wide a text is in the drawing's units; rather too much than too little. */
export function textWidth(wording: Wording, size = fontSize): number {
  if (typeof wording !== "string") return Math.max(textWidth(wording.en, size), textWidth(wording.ja, size));
  let ems = 0;
  for (const letter of wording) {
    if (letter >= "\u2e80") ems += 1.02;
    else if ("iljft.,:;'|!()[] ".includes(letter)) ems += 0.34;
    else if ("mwMW%—".includes(letter)) ems += 0.92;
    else if (letter >= "A" && letter <= "Z") ems += 0.7;
    else ems += 0.59;
  }
  return ems * size;
}

export interface TextOptions {
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
  readonly weight?: number;
  readonly fill?: string;
  readonly class?: string;
  /** degrees around its place */
  readonly turn?: number;
}

/** A line of text; of two languages, elements that the page shows one of. */
export function text(x: number, y: number, wording: Wording, options: TextOptions = {}): string {
  const { anchor = "start", size, weight, fill = "#333333", turn } = options;
  const attributes = [
    `x="${round(x)}" y="${round(y)}"`,
    ...(anchor === "start" ? [] : [`text-anchor="${anchor}"`]),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(weight === undefined ? [] : [`font-weight="${weight}"`]),
    `fill="${fill}"`,
    ...(options.class === undefined ? [] : [`class="${options.class}"`]),
    ...(turn === undefined ? [] : [`transform="rotate(${turn} ${round(x)} ${round(y)})"`]),
  ].join(" ");
  if (typeof wording === "string") return wording === "" ? "" : `<text ${attributes}>${escaped(wording)}</text>`;
  return `<text ${attributes} lang="en">${escaped(wording.en)}</text><text ${attributes} lang="ja">${escaped(wording.ja)}</text>`;
}

/** Lines of at most `width`; both languages in as many as the longer one takes. */
export function lines(wording: Wording, width: number, size = fontSize): Wording[] {
  if (typeof wording === "string") return wrapped(wording, width, size);
  const [en, ja] = [wrapped(wording.en, width, size), wrapped(wording.ja, width, size)];
  return Array.from({ length: Math.max(en.length, ja.length) }, (_, index) => ({
    en: en[index] ?? "",
    ja: ja[index] ?? "",
  }));
}

function wrapped(content: string, width: number, size: number): string[] {
  const found: string[] = [];
  // Japanese may be broken between any letters
  for (const piece of content.match(/[\u3000-\u9fff\uff00-\uffef]|[^\u3000-\u9fff\uff00-\uffef ]+| +/g) ?? []) {
    const last = found.at(-1);
    if (last !== undefined && textWidth((last + piece).trimEnd(), size) <= width)
      found[found.length - 1] = last + piece;
    else if (piece.trim() !== "") found.push(piece);
  }
  return found.map((line) => line.trim());
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
