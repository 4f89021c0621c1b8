// `tatami bench`: how long training steps take on this machine. Measures Tatami alone; bench/ of the repository measures it
// beside others.
import { setPrecision } from "tatamijs/tensor";
import { interrupted, interruptible } from "../command/interrupt.ts";
import { terminalOf } from "../drawing/terminal.ts";
import { type BackendChoice, chooseBackend } from "./backend-choice.ts";
import { type BenchResult, measureNet, randomImages } from "./bench-measurement.ts";
import { benchReport } from "./bench-report.ts";
import { type BenchOptions, type BenchRequest, benchRequest } from "./bench-request.ts";
import { describeMachine } from "./machine.ts";

/** @returns the exit code */
export async function benchCommand(options: BenchOptions): Promise<number> {
  const request = benchRequest(options);
  setPrecision(request.precision);
  const choices = await choicesFor(request);
  const output = terminalOf(process.stdout);
  const results = await interruptible((signal) => measureAll(request, choices, signal));
  const machine = describeMachine();
  if (options.json) output.write(`${JSON.stringify({ results, machine })}\n`);
  else if (results.length > 0) {
    output.write(benchReport(results, { batchSize: request.batchSize, machine }, output));
  }
  return results.length < request.nets.length * choices.length ? interrupted : 0;
}

/** Each backend once, though auto may be one that is named too. */
async function choicesFor({ backends, threads }: BenchRequest): Promise<BackendChoice[]> {
  const choices = new Map<string, BackendChoice>();
  for (const backend of backends) {
    const choice = await chooseBackend({ backend, threads });
    if (choice.notice !== null) console.error(`tatami: ${choice.notice}`);
    if (!choices.has(choice.name)) choices.set(choice.name, choice);
  }
  return [...choices.values()];
}

/** @returns what was measured until the signal came */
async function measureAll(
  request: BenchRequest,
  choices: readonly BackendChoice[],
  signal: AbortSignal,
): Promise<BenchResult[]> {
  const progress = terminalOf(process.stderr);
  const data = randomImages();
  const results: BenchResult[] = [];
  for (const net of request.nets) {
    for (const choice of choices) {
      if (progress.interactive) progress.write(`\r\x1b[K measuring ${net} on ${choice.name}`);
      const result = await measureNet(net, data, choice, request, signal);
      if (result !== null) results.push(result);
      if (signal.aborted) break;
    }
    if (signal.aborted) break;
  }
  if (progress.interactive) progress.write("\r\x1b[K");
  return results;
}
