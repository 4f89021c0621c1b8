// Writes a run: JSON for everything else, tables for people, the page in docs/ and the README's table. Run by itself,
// `node report.mjs results/FILE.json [--publish]` makes the same of an earlier run.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pageOf } from "./page.mjs";
import {
  agreement,
  barsTable,
  conditions,
  inferenceTable,
  libraryTable,
  participants,
  trainingTable,
} from "./tables.mjs";

const results = new URL("results/", import.meta.url);
const root = new URL("../", import.meta.url);
const marks = ["<!-- bench: begin -->", "<!-- bench: end -->"];

const text = (lines) =>
  `${lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`;

function writePage(run, folder) {
  const { text: page, plots } = pageOf(run);
  mkdirSync(new URL("performance/", folder), { recursive: true });
  writeFileSync(new URL("performance.md", folder), page);
  for (const [name, , svg] of plots) writeFileSync(new URL(`performance/${name}.svg`, folder), svg);
}

/** Puts the table where the README's marks are. */
function writeReadme(table) {
  const file = new URL("README.md", root);
  const readme = readFileSync(file, "utf8");
  const [begin, end] = marks.map((mark) => readme.indexOf(mark));
  if (begin === -1 || end === -1) throw new Error(`README.md: marks are missing, expected ${marks.join(" and ")}`);
  writeFileSync(file, `${readme.slice(0, begin)}${marks[0]}\n${table}${readme.slice(end)}`);
}

/**
 * Writes JSON, tables and page.
 * @param whole whether this run may replace the published ones; others go to results/tmp
 */
export function writeResults(run, whole) {
  const folder = whole ? results : new URL("tmp/", results);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${run.date.slice(0, 10)}.json`, folder);
  writeFileSync(file, `${JSON.stringify(run, rounded, 1)}\n`);
  const head = [...conditions(run), ...trainingTable(run), ...agreement(run)];
  const rest = [...inferenceTable(run), ...barsTable(run, { all: whole }), ...libraryTable(run), ...participants(run)];
  const table = text([...head, ...rest]);
  writeFileSync(new URL("table.md", folder), table);
  writePage(run, whole ? new URL("docs/", root) : folder);
  if (whole) writeReadme(text(head));
  return { table, file: file.pathname };
}

/** No more digits than a measurement has. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].split("/").at(-1))) {
  const [name, publish] = process.argv.slice(2);
  if (name === undefined) throw new Error("report: no file given, expected results/FILE.json");
  const { table } = writeResults(JSON.parse(readFileSync(name, "utf8")), publish === "--publish");
  process.stdout.write(table);
}
