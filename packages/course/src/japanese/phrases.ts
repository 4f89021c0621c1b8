// The Japanese of what the course says in English, phrase by phrase.
import { notePhrases, resultPhrases, verdictPhrases } from "./result-phrases.ts";
import { settingPhrases } from "./setting-phrases.ts";

const phrases: Readonly<Record<string, string>> = {
  ...settingPhrases,
  ...resultPhrases,
  ...verdictPhrases,
  ...notePhrases,
};

/** Phrases with places for what differs, those with the most words of their own first. */
const patterns = Object.entries(phrases)
  .filter(([english]) => english.includes("{}"))
  .sort(([a], [b]) => b.replaceAll("{}", "").length - a.replaceAll("{}", "").length)
  .map(([english, text]) => {
    const parts = english.split("{}").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return { pattern: new RegExp(`^${parts.join("(.+?)")}$`), text };
  });

/**
 * A title, label, name, description or sentence of the course in Japanese; of a list with commas, those parts that are known.
 * @returns null where there is no Japanese for it: a name, a number or a formula needs none
 */
export function japanese(text: string): string | null {
  if (Object.hasOwn(phrases, text)) return phrases[text]!;
  for (const { pattern, text: template } of patterns) {
    const match = pattern.exec(text);
    if (match === null) continue;
    let next = 1;
    return template.replaceAll(/\{(\d?)\}/g, (_, place: string) => {
      const found = match[place === "" ? next++ : Number(place) + 1]!;
      return japanese(found) ?? found;
    });
  }
  const parts = text.split(", ");
  if (parts.length < 2) return null;
  const translated = parts.map((part) => japanese(part));
  return translated.every((part) => part === null)
    ? null
    : translated.map((part, index) => part ?? parts[index]).join("、");
}
