// What plots, tables, settings and verdicts say, in Japanese, by their English. `{}` stands for what differs from case to case.

const phrases: Readonly<Record<string, string>> = {};

/** null where there is no Japanese for it */
export function japanese(text: string): string | null {
  return Object.hasOwn(phrases, text) ? phrases[text]! : null;
}
