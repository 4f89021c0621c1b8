// The one form of a complaint about a model of TensorFlow.js, and careful looks into its JSON.
import { type ImageFault, imageFaults } from "../image.ts";

export type TfjsFault = ImageFault;

export const tfjsFaults = (source: string): TfjsFault => imageFaults("tfjs", source);

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as text of bearable length. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
