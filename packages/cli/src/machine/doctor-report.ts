// What `tatami doctor` found, for a person to read.

import type { Terminal } from "../drawing/terminal.ts";
import type { BackendFinding, BackendSurvey } from "./doctor-backends.ts";
import type { DataFinding } from "./doctor-data.ts";
import type { Machine } from "./machine.ts";

export interface PackageFinding {
  readonly name: string;
  /** null where it is not installed */
  readonly version: string | null;
  readonly purpose: string;
}

export interface Diagnosis extends BackendSurvey {
  readonly machine: Machine;
  /** the C compiler, as it names itself */
  readonly compiler: string | null;
  readonly data: readonly DataFinding[];
  readonly packages: readonly PackageFinding[];
}

interface Line {
  readonly mark: "good" | "bad" | "none";
  readonly name: string;
  readonly text: string;
  readonly advice?: string | null;
}

const nameWidth = 16;

export function doctorReport(diagnosis: Diagnosis, look: Pick<Terminal, "columns" | "colors">): string {
  const { auto, backends, data, packages, compiler, native } = diagnosis;
  const choice = auto === null ? "no backend runs here" : `auto takes ${look.colors.bold(auto.name)}: ${auto.why}`;
  const packageLines = packages.map(({ name, version, purpose }): Line => {
    const text = version === null ? `not installed, brings ${purpose}` : `${version}: ${purpose}`;
    return { mark: version === null ? "none" : "good", name, text };
  });
  const built = native.compiler === null ? "" : `; native was built with ${native.compiler}`;
  const compilerLine: Line = {
    mark: compiler === null ? "none" : "good",
    name: "C compiler",
    text: `${compiler ?? "none"}${compiler === native.compiler ? "" : built}`,
  };
  return [
    "",
    ...section("machine", machineLines(diagnosis.machine), look),
    ...section("backends", [...backends.map(backendLine), { mark: "none", name: "", text: choice }], look),
    ...section("data sets", data.map(dataLine), look),
    ...section("optional", [...packageLines, compilerLine], look),
  ].join("\n");
}

function machineLines(machine: Machine): Line[] {
  const { cores, coresAvailable, coresLimit, memoryBytes, memoryLimitBytes } = machine;
  const fact = (name: string, text: string): Line => ({ mark: "none", name, text });
  const limits = [
    ...(coresAvailable < cores ? [`${coresAvailable} available`] : []),
    ...(coresLimit === null ? [] : [`a control group allows ${Number(coresLimit.toPrecision(3))}`]),
  ];
  const limit = memoryLimitBytes === null ? "" : `, a control group allows ${gibibytes(memoryLimitBytes)}`;
  return [
    fact("Node", `${machine.node} on ${machine.platform}, ${machine.release}`),
    fact("processor", machine.cpu),
    ...(machine.features.length === 0 ? [] : [fact("", machine.features.join(" "))]),
    fact("cores", [String(cores), ...limits].join(", ")),
    fact("memory", `${gibibytes(memoryBytes)}${limit}`),
  ];
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}

function backendLine({ name, works, reason, kind, threads, peakGflops, advice }: BackendFinding): Line {
  if (!works) return { mark: "bad", name, text: reason!, advice };
  const peak = peakGflops === null ? "" : `, ${peakGflops.toPrecision(3)} GFLOP/s at most`;
  return { mark: "good", name, text: `${kind}, ${threads} thread${threads === 1 ? "" : "s"}${peak}` };
}

function dataLine({ name, found, place, content, advice }: DataFinding): Line {
  // the others are there for those who want them
  const needed = name === "mnist" || place !== null;
  const text = found ? `${content} in ${place}` : place === null ? "not found" : `damaged in ${place}`;
  return { mark: found ? "good" : needed ? "bad" : "none", name, text, advice };
}

/** A title and its lines; text that is too long goes on below its beginning, advice stands on lines of its own. */
function section(
  title: string,
  lines: readonly Line[],
  { columns, colors }: Pick<Terminal, "columns" | "colors">,
): string[] {
  const marks = { good: colors.green("✓"), bad: colors.yellow("✗"), none: " " };
  const indent = " ".repeat(4 + nameWidth);
  const wrapped = lines.flatMap(({ mark, name, text, advice }) => {
    const beside = name.length < nameWidth;
    const label = `  ${marks[mark]} ${colors.dim(name.padEnd(nameWidth))}`;
    const [first, ...rest] = wrap(text, columns - indent.length);
    return [
      ...(beside ? [`${label}${first}`] : [label.trimEnd(), `${indent}${first}`]),
      ...rest.map((line) => `${indent}${line}`),
      ...(advice ? wrap(`→ ${advice}`, columns - indent.length).map((line) => `${indent}${colors.cyan(line)}`) : []),
    ].map((line) => line.trimEnd());
  });
  return [colors.bold(title), ...wrapped, ""];
}

/** Lines of at most `width` characters, broken between words; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || visible(last) + 1 + visible(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function visible(text: string): number {
  return text.replaceAll(/\p{Cc}\[\d+m/gu, "").length;
}
