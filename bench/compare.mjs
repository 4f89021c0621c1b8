// One net, Tatami and one peer: first whether they compute the same, then blocks of steps by turns.
import { summarize, summarizeRatios } from "./statistics.mjs";

/** Slow steps and slow machines included. */
const patience = 180;
const blockMilliseconds = 80;
const longestBlock = 300;
const slowStep = 1000;

async function lossesOf(child, problem, count) {
  const { about } = await child.ask({ type: "load", problem }, patience);
  const { losses } = await child.ask({ type: "losses", count }, patience);
  return { about, losses };
}

async function timeBlock(child, { count, warm }) {
  const { milliseconds } = await child.ask({ type: "block", count, warm }, patience);
  return milliseconds / count;
}

/** How many steps make a block that is long enough to be timed. A slow step needs no warm one before it. */
async function blockOf(child) {
  const first = await timeBlock(child, { count: 1, warm: false });
  if (first >= slowStep) return { count: 1, warm: false };
  const step = await timeBlock(child, { count: 2, warm: true });
  return { count: Math.max(1, Math.min(longestBlock, Math.round(blockMilliseconds / step))), warm: true };
}

function largestDifference(losses, expected) {
  return Math.max(...losses.map((loss, index) => Math.abs(loss - expected[index]) / expected[index]));
}

/**
 * The net loaded in a child: its losses without dropout, and then ready to be timed as it is.
 * @param problems {checked, timed}: without dropout, and with it where the net has it
 */
export async function prepare(child, problems, lossCount) {
  const { about, losses } = await lossesOf(child, problems.checked, lossCount);
  if (problems.timed !== problems.checked) await child.ask({ type: "load", problem: problems.timed }, patience);
  return { child, about, losses, block: await blockOf(child) };
}

/** @param seconds for all pairs together; at least `fewest` are run */
export async function alternate(tatami, peer, { seconds, fewest }) {
  const ours = [];
  const theirs = [];
  const start = performance.now();
  while (ours.length < fewest || (performance.now() - start < seconds * 1000 && ours.length < 40)) {
    ours.push(await timeBlock(tatami.child, tatami.block));
    theirs.push(await timeBlock(peer.child, peer.block));
  }
  return {
    ...peer.about,
    tatamiMs: summarize(ours),
    peerMs: summarize(theirs),
    ratio: summarizeRatios(theirs, ours),
    lossDifference: largestDifference(peer.losses, tatami.losses),
    lossesFall: peer.losses.at(-1) < peer.losses[0],
  };
}
