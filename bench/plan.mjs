// What a benchmark runs: the command line's wishes, and which nets meet whom on how many threads.
import { parseArgs } from "node:util";
import { peers, variants } from "./peers.mjs";
import { nets } from "./problem.mjs";

export const sections = ["train", "infer", "kernels", "random", "scaling", "memory", "start", "course", "library"];
const usage = `npm run bench -- [--quick] [--only ${sections.join(",")}] [--nets ${Object.keys(nets).join(",")}] [--peers ${Object.keys(peers).join(",")}|none] [--threads 1,2]`;

/** The nets that also run on two threads, as the bars ask. */
const onTwoThreads = ["mlp", "bn-mlp", "simple-conv", "deep-conv", "resnet20"];
const quickNets = ["mlp", "simple-conv", "deep-conv"];
const inferred = ["mlp", "simple-conv", "deep-conv", "lenet", "resnet20", "mobilenet"];

function listed(option, text, known) {
  const names = text.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--${option}: unknown name, got ${unknown}, expected ${known.join(", ")}`);
  return names;
}

/** @returns the options, or the usage where that was asked for */
export function readPlan() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const options = { quick: flag, help: flag, only: text, nets: text, peers: text, threads: text };
  const { values } = parseArgs({ options });
  if (values.help) return { usage };
  const chosen = (option, known, standard) =>
    values[option] === undefined ? standard : listed(option, values[option], known);
  const everyPeer = Object.keys(peers);
  const wholeNets = values.quick ? quickNets : Object.keys(nets);
  const filtered = ["only", "nets", "peers", "threads"].some((option) => values[option] !== undefined);
  return {
    quick: values.quick,
    sections: chosen("only", sections, sections),
    nets: chosen("nets", Object.keys(nets), wholeNets),
    netsAsked: values.nets !== undefined,
    peers: values.peers === "none" ? [] : chosen("peers", everyPeer, everyPeer),
    peersAsked: values.peers !== undefined,
    threads: chosen("threads", ["1", "2", "3", "4", "8", "16"], ["1", "2"]).map(Number),
    threadsAsked: values.threads !== undefined,
    length: values.quick
      ? { seconds: 1, fewest: 2, losses: 2, block: 30 }
      : { seconds: 4, fewest: 5, losses: 5, block: 80 },
    // everything at full length, so that the published tables may be replaced
    whole: !values.quick && !filtered,
  };
}

function withPeers(plan, net, threads, takesPart) {
  return plan.peers.filter((name) => {
    const peer = peers[name];
    if ((threads > 1 && peer.single) || peer[takesPart] === null) return false;
    if (plan.peersAsked) return true;
    if (plan.quick && (peer.slow || name === "pytorch-compiled")) return false;
    return peer[takesPart](net);
  });
}

/** Tatami's variants in a contest. */
function withVariants(net, threads) {
  const single = threads > 1 ? ["native-single", "wasm-single"] : [];
  const special = net === "deep-conv" && threads === 1 ? ["native-exact", "native-avx2"] : [];
  return ["native", "wasm", ...single, ...special];
}

/** [{net, mode, batchSize?, threads, names}] in the order they run. */
export function contestsOf(plan) {
  const contests = [];
  for (const threads of plan.sections.includes("train") ? plan.threads : []) {
    for (const net of plan.nets) {
      if (threads > 1 && !plan.threadsAsked && !onTwoThreads.includes(net)) continue;
      const names = [...withVariants(net, threads), ...withPeers(plan, net, threads, "trains")];
      contests.push({ net, mode: "train", threads, names });
    }
  }
  for (const threads of plan.sections.includes("infer") ? plan.threads : []) {
    for (const net of plan.nets) {
      if (!plan.netsAsked && !(plan.quick ? net === "deep-conv" : inferred.includes(net))) continue;
      if (threads > 1 && !plan.threadsAsked) continue;
      const names = ["native", "wasm", ...withPeers(plan, net, threads, "infers")];
      for (const batchSize of [1, 100]) contests.push({ net, mode: "infer", batchSize, threads, names });
    }
  }
  return contests;
}

/** @returns {name, title, start} of a participant, or {name, title, missing: why} */
export function entrantOf(name, threads) {
  const { find, ...about } = variants[name] ?? peers[name];
  const { missing, ...start } = find(threads);
  return missing === undefined ? { name, ...about, start } : { name, ...about, missing };
}
