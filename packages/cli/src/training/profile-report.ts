// `tatami train --profile`: where the time of a training step goes, as a table.
import type { StepProfile } from "tatamijs/tools";
import { grouped, milliseconds } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import type { Terminal } from "../drawing/terminal.ts";
import type { TrainRequest } from "./train-request.ts";

const shown = 25;

export function profileReport(
  { name }: Pick<TrainRequest, "name">,
  profile: StepProfile,
  { colors, columns }: Pick<Terminal, "colors" | "columns">,
): string {
  const { bold, dim } = colors;
  const { calls, callMilliseconds, stepMilliseconds, peak, batchSize, backend } = profile;
  const listed = calls.slice(0, shown);
  const rest = calls.slice(shown);
  const sum = (part: readonly { milliseconds: number }[]): number =>
    part.reduce((total, call) => total + call.milliseconds, 0);
  const width = Math.max(20, columns - 43);
  const rows = listed.map((call) => [
    cut(call.label, width),
    milliseconds(call.milliseconds),
    percent(call.milliseconds / callMilliseconds),
    call.flop === 0 ? "" : (call.flop / call.milliseconds / 1e6).toPrecision(3),
    call.flop === 0 || peak === null ? "" : percent(call.flop / (call.milliseconds / 1000) / peak),
    (call.bytes / call.milliseconds / 1e6).toPrecision(3),
  ]);
  const others = [
    `${rest.length} more`,
    "",
    milliseconds(sum(rest)),
    percent(sum(rest) / callMilliseconds),
    "",
    "",
    "",
  ];
  const flop = calls.reduce((total, call) => total + call.flop, 0);
  const all = [
    "in all",
    milliseconds(callMilliseconds),
    "100 %",
    (flop / callMilliseconds / 1e6).toPrecision(3),
    peak === null ? "" : percent(flop / (callMilliseconds / 1000) / peak),
    "",
  ];
  const [head, ...body] = table(
    [["call", "ms", "time", "GFLOP/s", "peak", "GB/s"], ...rows, ...(rest.length > 0 ? [others] : []), all],
    ["left", "right", "right", "right", "right", "right"],
  );
  return [
    "",
    `${bold(name)}  ${dim(`a training step of ${grouped(batchSize)} images on ${backend}`)}`,
    "",
    `  ${dim(head)}`,
    ...body.slice(0, -1).map((line) => `  ${line}`),
    `  ${bold(body.at(-1)!)}`,
    "",
    dim(
      `  the step as it is run takes ${milliseconds(stepMilliseconds)} ms; here each part is a program of its own, on one thread`,
    ),
    dim(
      "  peak: share of what a core multiplies and adds in registers; above 100 % where convolutions regroup products",
    ),
    dim("  GB/s: what is read and written"),
    "",
    "",
  ].join("\n");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

/** Shapes stand at the end and tell calls apart: the middle goes first. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const shape = text.slice(text.lastIndexOf(" ["));
  return `${text.slice(0, Math.max(0, width - 1 - shape.length))}…${shape}`;
}
