// One net and all who run it: first whether they compute the same, then blocks of steps by turns, round after round. Ratios
// are taken within a round, so that they hardly move when the whole machine slows down.
import { Child } from "./child.mjs";
import { quantile, summarize } from "./statistics.mjs";

/** Slow steps, slow machines and C++ compilers included. */
const patience = 240;
const longestBlock = 400;
const slowStep = 1000;

async function timeBlock(child, { count, warm }) {
  const reply = await child.ask({ type: "block", count, warm }, patience);
  return { ms: reply.milliseconds / count, cores: reply.processorMilliseconds / reply.milliseconds };
}

/** How many steps make a block that is long enough to be timed. A slow step needs no warm one before it. */
async function blockOf(child, milliseconds) {
  const { ms: first } = await timeBlock(child, { count: 1, warm: false });
  if (first >= slowStep) return { count: 1, warm: false };
  const { ms } = await timeBlock(child, { count: 2, warm: true });
  return { count: Math.max(1, Math.min(longestBlock, Math.round(milliseconds / ms))), warm: true };
}

function largestDifference(losses, expected) {
  const count = Math.min(losses.length, expected.length);
  const differences = Array.from({ length: count }, (_, at) => Math.abs(losses[at] - expected[at]) / expected[at]);
  return Math.max(...differences);
}

/** Processes that outlive a contest, by name and threads. */
export class LastingChildren {
  #children = new Map();

  async start(entrant, threads) {
    const key = `${entrant.name} ${threads}`;
    const child = this.#children.get(key) ?? new Child(entrant.start, threads);
    if (entrant.lasting) this.#children.set(key, child);
    return child;
  }

  /** @param failed whether it is of no use any more */
  end(entrant, threads, child, failed) {
    if (entrant.lasting && !failed) return;
    this.#children.delete(`${entrant.name} ${threads}`);
    child.stop();
  }

  stop() {
    for (const child of this.#children.values()) child.stop();
    this.#children.clear();
  }
}

/** The net loaded: its losses without dropout, and then ready to be timed as it is. */
async function prepare(child, problems, { slow }, { losses: count, block }) {
  const start = performance.now();
  let { about } = await child.ask({ type: "load", problem: problems.checked }, patience);
  const { losses } = await child.ask({ type: "losses", count: slow ? 2 : count }, patience);
  if (problems.timed !== problems.checked) {
    ({ about } = await child.ask({ type: "load", problem: problems.timed }, patience));
  }
  const size = await blockOf(child, block);
  return { about, losses, block: size, prepareSeconds: (performance.now() - start) / 1000 };
}

async function round(entries, number) {
  // there and back, so that nobody always follows the same neighbour
  const order = number % 2 === 0 ? entries : [...entries].reverse();
  for (const entry of order) {
    if (entry.failed !== undefined || (entry.entrant.slow && number >= 2)) continue;
    try {
      const { ms, cores } = await timeBlock(entry.child, entry.block);
      entry.rounds.push(ms);
      entry.cores.push(cores);
      if (entry.entrant.ours && number < 3) {
        entry.peaks.push((await entry.child.ask({ type: "peak" }, patience)).peak);
      }
    } catch (error) {
      entry.failed = error.message;
    }
  }
}

function resultOf({ entrant, about, losses, rounds, cores, peaks, prepareSeconds, failed }, expected) {
  const { name, title, ours = false } = entrant;
  if (failed !== undefined) return { name, title, ours, failed };
  const peak = Math.max(...peaks.filter((value) => value !== null));
  return {
    ...{ name, title, ours, ...about },
    ...{ ms: summarize(rounds), rounds, coresUsed: quantile(cores, 0.5), prepareSeconds },
    peakFlops: Number.isFinite(peak) ? peak : null,
    lossDifference: expected === undefined ? null : largestDifference(losses, expected),
    lossesFall: losses.at(-1) < losses[0],
  };
}

/**
 * @param entrants [{name, title, start, lasting?, slow?, ours?}], Tatami first: the others' losses are compared with its
 * @param problems {checked, timed}: without dropout, and with it where the net has it
 * @param length {seconds for all rounds, fewest rounds, losses to compare, milliseconds of a block}
 */
export async function contest(entrants, problems, threads, length, lasting) {
  const entries = [];
  try {
    for (const entrant of entrants) {
      const child = await lasting.start(entrant, threads);
      const entry = { entrant, child, rounds: [], cores: [], peaks: [] };
      entries.push(entry);
      try {
        Object.assign(entry, await prepare(child, problems, entrant, length));
      } catch (error) {
        entry.failed = error.message;
      }
    }
    const start = performance.now();
    for (let number = 0; number < 40; number++) {
      if (number >= length.fewest && performance.now() - start >= length.seconds * 1000) break;
      await round(entries, number);
    }
  } finally {
    for (const { entrant, child, failed } of entries) lasting.end(entrant, threads, child, failed !== undefined);
  }
  const expected = entries.find(({ entrant, failed }) => entrant.ours && failed === undefined)?.losses;
  return entries.map((entry) => resultOf(entry, expected));
}
