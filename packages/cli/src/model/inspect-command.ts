// `tatami inspect`: what a file of weights, arrays or checkpoints holds, for people and as JSON.

import { grouped } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { type Inspection, inspected } from "./inspected-file.ts";

export interface InspectOptions {
  json?: boolean;
}

/** @returns the exit code: 1 where something could not be read */
export async function inspectCommand(path: string, { json }: InspectOptions): Promise<number> {
  const inspection = await inspected(path);
  const output = terminalOf(process.stdout);
  output.write(json ? `${JSON.stringify({ file: path, ...inspection })}\n` : text(path, inspection, output));
  return inspection.unread.length === 0 ? 0 : 1;
}

function text(path: string, { kind, bytes, facts, layers, tensors, unread }: Inspection, terminal: Terminal): string {
  const { bold, dim, yellow } = terminal.colors;
  const lines = ["", `${bold(path)}  ${dim(bytes === null ? kind : `${kind}, ${grouped(bytes)} bytes`)}`, ""];
  const section = (rows: readonly string[][], alignments: readonly ("left" | "right")[], headed: boolean): void => {
    if (rows.length <= (headed ? 1 : 0)) return;
    const [first, ...rest] = table(rows, alignments);
    lines.push(...[headed ? dim(first) : first, ...rest].map((line) => `  ${line}`), "");
  };
  section(
    Object.entries(facts).map(([name, value]) => [spelled(name), plain(value)]),
    ["left", "left"],
    false,
  );
  section(
    [["", "layer", "options"], ...layers.map(({ path: at, type, options }) => [at, type, plain(options)])],
    ["right", "left", "left"],
    true,
  );
  const total = tensors.reduce((sum, { count }) => sum + count, 0);
  const header = ["tensor", "dtype", "shape", "values", "min", "mean", "max", "std", ""];
  const body = tensors.map(({ name, dtype, shape, count, statistics }) => {
    const { min, mean, max, std, notFinite } = statistics ?? {};
    const numbers = [min, mean, max, std].map((value) => (value === undefined ? "–" : short(value)));
    const odd = notFinite ? `${grouped(notFinite)} not finite` : "";
    return [name, dtype, shape.join(" × ") || "scalar", grouped(count), ...numbers, odd];
  });
  const all = tensors.length > 1 ? [["in all", "", "", grouped(total), "", "", "", "", ""]] : [];
  const right = "right" as const;
  section([header, ...body, ...all], ["left", "left", "left", right, right, right, right, right, "left"], true);
  for (const { name, reason } of unread) lines.push(yellow(`  ${name} could not be read: ${reason}`));
  if (unread.length > 0) lines.push("");
  return `${lines.join("\n")}\n`;
}

/** Four digits, as many as help to compare. */
function short(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : value.toPrecision(4);
}

/** "inputShape" → "input shape" */
function spelled(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** JSON without its marks. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${plain(part)}`)
    .join(", ");
}
