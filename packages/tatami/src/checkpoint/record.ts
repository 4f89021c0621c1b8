// The one JSON of a checkpoint: what is no array, and the hashes that bind the other files to it and it to itself. Holds no
// times: equal runs write equal bytes.
import { quoted } from "../formats/file-fault.ts";
import { DataError } from "../shape/errors.ts";
import { isObject, type JsonObject } from "./json.ts";

/** Raised when a reader of today would misunderstand what is written then. */
export const formatVersion = 1;

const formatName = "tatami checkpoint";

export const recordName = "checkpoint.json";

export interface FileDigest {
  readonly bytes: number;
  /** hexadecimal */
  readonly sha256: string;
}

export interface CheckpointRecord {
  /** updates made, ≥ 0 */
  readonly step: number;
  /** larger is better; null where nothing was evaluated at this step */
  readonly score: number | null;
  /** the files beside it, by name */
  readonly files: Readonly<Record<string, FileDigest>>;
  readonly state: JsonObject;
}

export type Hash = (content: string | Uint8Array) => string;

export function encodeRecord({ step, score, files, state }: CheckpointRecord, hash: Hash): string {
  const content = { format: formatName, version: formatVersion, step, score, files, state };
  return `${JSON.stringify({ ...content, sha256: hash(JSON.stringify(content)) })}\n`;
}

/**
 * @param source the file, for messages
 * @throws DataError where it is damaged, foreign or of another version
 */
export function decodeRecord(text: string, source: string, hash: Hash): CheckpointRecord {
  const fault = (what: string, got: string, expected: string, cause?: unknown): DataError =>
    new DataError(`checkpoint: ${source} ${what}, got ${got}, expected ${expected}`, source, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const got = text.length === 0 ? "an empty file" : `${text.length} characters from ${quoted(text.slice(0, 40))} on`;
    throw fault("is damaged", got, "JSON", cause);
  }
  if (!isObject(parsed) || parsed.format !== formatName) {
    const got = isObject(parsed) ? `format ${quoted(parsed.format)}` : quoted(parsed);
    throw fault("is of something else", got, `format ${quoted(formatName)}`);
  }
  if (parsed.version !== formatVersion) {
    throw fault("is of another version", quoted(parsed.version), `${formatVersion}; use the Tatami that wrote it`);
  }
  const { sha256, ...content } = parsed;
  let again: string;
  try {
    again = JSON.stringify(content);
  } catch (cause) {
    // JSON.parse reads what is nested deeper than JSON.stringify can write
    throw fault("is damaged", "something deeply nested", "a record", cause);
  }
  const found = hash(again);
  if (sha256 !== found) {
    throw fault("is damaged", `content of SHA-256 ${found}`, quoted(sha256));
  }
  const { step, score, files, state } = content;
  const isRecord =
    Number.isSafeInteger(step) &&
    (step as number) >= 0 &&
    (score === null || typeof score === "number") &&
    isObject(files) &&
    Object.values(files).every(isDigest) &&
    isObject(state);
  if (!isRecord) throw fault("is not what it says", quoted(content), "step, score, files and state");
  return { step: step as number, score, files: files as unknown as Record<string, FileDigest>, state };
}

function isDigest(value: unknown): boolean {
  return isObject(value) && Number.isSafeInteger(value.bytes) && typeof value.sha256 === "string";
}
