// Runs the benchmark: Tatami and its peers by turns on the same nets, then what Tatami measures of itself; prints the table
// and writes it with the raw numbers to results/. See README.md.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { Child, errorIn } from "./child.mjs";
import { alternate, prepare } from "./compare.mjs";
import { describeMachine, measureNoise } from "./machine.mjs";
import { peers, tatami } from "./peers.mjs";
import { nets, writeProblem } from "./problem.mjs";
import { writeResults } from "./report.mjs";

const run = promisify(execFile);
const usage = `npm run bench -- [--quick] [--nets ${Object.keys(nets).join(",")}] [--peers ${Object.keys(peers).join(",")}|none] [--no-library]`;

function say(line) {
  process.stderr.write(`${line}\n`);
}

/** What the command line asks for. `whole`: everything at full length, so that the published table may be replaced. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      nets: { type: "string" },
      peers: { type: "string" },
      "no-library": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const listed = (text, known) => {
    const names = text.split(",");
    const unknown = names.find((name) => !(name in known));
    if (unknown !== undefined) throw new Error(`unknown name ${unknown}, expected ${Object.keys(known).join(", ")}`);
    return names;
  };
  const standard = ["mlp", "simple-conv", "deep-conv"];
  const chosen = values.peers === "none" ? [] : listed(values.peers ?? Object.keys(peers).join(","), peers);
  return {
    nets: values.nets === undefined ? standard : listed(values.nets, nets),
    peers: chosen,
    /** a peer named on the command line is always tried */
    trains(peer, net) {
      if (values.peers !== undefined) return true;
      return peer.nets.includes(net) && !(values.quick && peer.slow && net !== "mlp");
    },
    library: !values["no-library"],
    // a pair is one block of Tatami's and one of the peer's
    length: values.quick ? { seconds: 1, fewest: 2, losses: 2 } : { seconds: 8, fewest: 5, losses: 5 },
    quick: values.quick,
    whole: !values.quick && values.nets === undefined && values.peers === undefined && !values["no-library"],
  };
}

/** Which of the chosen peers are there, and why the others are not. */
function findPeers(names) {
  const found = [];
  const missing = [];
  for (const name of names) {
    const { command, missing: reason } = peers[name].find();
    if (command === undefined) missing.push({ peer: name, title: peers[name].title, reason });
    else found.push({ name, command, ...peers[name] });
  }
  for (const { title, reason } of missing) say(`${title} is missing: ${reason}`);
  return { found, missing };
}

/** Rows of one net, a peer each. */
async function compareNet(net, found, options, folder) {
  const problems = {
    checked: writeProblem(folder, net, { dropout: false }),
    timed: writeProblem(folder, net, { dropout: nets[net].layers.some(({ kind }) => kind === "dropout") }),
  };
  const ours = new Child(tatami.command);
  const rows = [];
  try {
    const prepared = await prepare(ours, problems, options.length.losses);
    for (const peer of found.filter((candidate) => options.trains(candidate, net))) {
      const child = new Child(peer.command);
      const row = { net, peer: peer.name, title: peer.title };
      try {
        const { losses, ...length } = options.length;
        const theirs = await prepare(child, problems, peer.slow ? 2 : losses);
        const fewest = peer.slow ? 2 : length.fewest;
        rows.push({ ...row, ...(await alternate(prepared, theirs, { ...length, fewest })) });
        const { tatamiMs, peerMs } = rows.at(-1);
        say(`${net}: Tatami ${tatamiMs.median.toFixed(2)} ms, ${peer.title} ${peerMs.median.toFixed(2)} ms a step`);
      } catch (error) {
        rows.push({ ...row, failed: error.message });
        say(`${net}: ${peer.title} failed: ${error.message}`);
      } finally {
        child.stop();
      }
    }
  } finally {
    ours.stop();
  }
  return rows;
}

/** A script of measurements/ in a process of its own; it prints JSON. */
async function measure(script, flags = [], args = []) {
  const file = fileURLToPath(new URL(`measurements/${script}.mjs`, import.meta.url));
  try {
    const { stdout } = await run(process.execPath, [...flags, file, ...args], { timeout: 120_000 });
    return JSON.parse(stdout);
  } catch (error) {
    const reason = errorIn(error.stderr || error.message);
    say(`${script} failed: ${reason}`);
    return { failed: reason };
  }
}

/** Nothing is collected within the steps that are counted: the young generation holds all they allocate. */
const countingFlags = ["--expose-gc", "--no-memory-reducer", "--min-semi-space-size=64", "--max-semi-space-size=64"];

async function measureLibrary(quick, folder) {
  const files = Object.fromEntries(
    Object.keys(nets).map((net) => [net, writeProblem(join(folder, net), net, { dropout: true })]),
  );
  say("measuring matmul and sizes");
  const result = {
    matmul: await measure("matmul", [], [quick ? "2" : "8"]),
    size: await measure("size"),
    compile: {},
    allocation: {},
  };
  for (const net of Object.keys(nets)) {
    say(`measuring compilation and allocation of ${net}`);
    result.compile[net] = await measure("compile", [], [files[net]]);
    result.allocation[net] = await measure("allocation", countingFlags, [files.mlp, files[net], quick ? "10" : "40"]);
  }
  return result;
}

async function main() {
  const options = readOptions();
  if (options === null) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "tatami-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.on("SIGINT", () => process.exit(130));
  const results = { date: new Date().toISOString(), quick: options.quick, machine: describeMachine() };
  results.noise = measureNoise();
  const { found, missing } = findPeers(options.peers);
  results.missing = missing;
  results.rows = [];
  for (const net of options.nets) results.rows.push(...(await compareNet(net, found, options, folder)));
  if (options.library) results.library = await measureLibrary(options.quick, folder);
  results.noiseAfter = measureNoise();
  const { table, file } = writeResults(results, options.whole);
  process.stdout.write(`${table}\n`);
  say(`written to ${file}`);
}

try {
  await main();
} catch (error) {
  say(`bench: ${error.message}`);
  say(usage);
  process.exitCode = 1;
}
