// `tatami summary`: what a net is made of and what a step of its training takes. Nothing is trained.
import { formatBytes } from "tatamijs/compile";
import { type Summary, summarize } from "tatamijs/train";
import { imageShape, optimizers } from "tatamijs-course/nets";
import { grouped } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { type ModelOptions, type ModelRequest, modelRequest } from "./train-request.ts";

/** @returns the exit code */
export function summaryCommand(netName: string, options: ModelOptions): number {
  const request = modelRequest(netName, options);
  const { optimizer, lr, batchSize } = request.settings;
  // values do not matter here, but every parameter has to have some
  const model = request.net.build(request.hidden, request.choices).initialize(0);
  const rule = optimizers[optimizer].create(model.parameters(), lr);
  const summary = summarize({ model, optimizer: rule, imageShape, batchSize });
  const output = terminalOf(process.stdout);
  output.write(
    options.json ? `${JSON.stringify({ net: request.name, ...summary })}\n` : text(request, summary, output),
  );
  return 0;
}

function text(
  { name, net, hidden, settings }: ModelRequest,
  { layers, parameters, multiplyAdds, step }: Summary,
  { colors }: Pick<Terminal, "colors">,
): string {
  const { bold, dim } = colors;
  const [head, ...body] = table(
    [
      ["", "layer", "output", "parameters", "multiply-adds"],
      ...layers.map((layer) => [
        layer.path,
        layer.kind,
        layer.outputShape.join(" × "),
        layer.parameters === 0 ? "" : grouped(layer.parameters),
        layer.multiplyAdds === 0 ? "" : grouped(layer.multiplyAdds),
      ]),
      ["", "in all", "", grouped(parameters), grouped(multiplyAdds)],
    ],
    ["right", "left", "left", "right", "right"],
  );
  const memory = table(
    [
      ["activations, gradients", formatBytes(step.arenaBytes)],
      [`parameters, ${settings.optimizer}'s state`, formatBytes(step.stateBytes)],
      ["images, labels", formatBytes(step.batchBytes)],
      ["in all", formatBytes(step.arenaBytes + step.stateBytes + step.batchBytes)],
    ],
    ["left", "right"],
  );
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  return [
    "",
    `${bold(name)}  ${dim(net.layers(hidden))}`,
    "",
    ...indented([dim(head), ...body.slice(0, -1), bold(body.at(-1)!)]),
    "",
    `a training step of ${grouped(step.batchSize)} images: ${grouped(step.multiplyAdds)} multiply-adds in ${grouped(step.calls)} kernel calls`,
    "",
    ...indented([...memory.slice(0, -1), bold(memory.at(-1)!)]),
    "",
    "",
  ].join("\n");
}
