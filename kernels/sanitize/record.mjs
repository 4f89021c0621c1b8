// Programs for the driver: random calls of every kernel, from the contract that all backends pass, and training steps of
// small networks. A backend that computes nothing writes down what it is asked to run.
import fc from "fast-check";
import { nets, training } from "../../packages/native/dist/test-nets.js";
import { contractArbitraries } from "../../packages/tatami/dist/backend/contract/arbitraries/index.js";
import { execute } from "../../packages/tatami/dist/backend/contract/execution.js";
import { serialize } from "../../packages/tatami/dist/backend/index.js";
import { kernelNames } from "../../packages/tatami/dist/program/index.js";
import { registerBackend } from "../../packages/tatami/dist/tensor/index.js";

const pointerBytes = 8;
const high = 2 ** 32;
/** into how many lanes calls are cut that may be cut at will */
const threads = 8;

class Recorder {
  name = "recorder";
  threads = 1;
  records = [];

  allocate(bytes) {
    return { bytes, words: new Int32Array(bytes / 4) };
  }

  free() {}

  floats({ words }) {
    return new Float32Array(words.buffer);
  }

  ints({ words }) {
    return words;
  }

  load(program, externals) {
    const run = () => {
      this.records.push(recordOf(program, externals));
      return -1;
    };
    return { run, output: (index) => new Float32Array(program.outputs[index].bytes / 4), dispose: () => {} };
  }
}

/** As driver.c reads it: words, pointers into the words, pointers to buffers, and the buffers. */
function recordOf(program, externals) {
  // the arena is buffer 0; a buffer's number stands in the upper half of an address
  const addresses = (shift) => (ref) => ((ref.space === "arena" ? 0 : ref.index + 1) + shift) * high + ref.offset;
  const { words, relative } = serialize(program, threads, addresses(1), pointerBytes);
  const others = serialize(program, threads, addresses(1 + 2 ** 16), pointerBytes).words;
  const pointers = [];
  words.forEach((word, index) => {
    // what depends on where the buffers lie is the upper half of a pointer to one
    if (word !== others[index]) pointers.push(index - 1, word - 1, words[index - 1]);
  });
  const buffers = [{ bytes: program.arenaBytes, words: new Int32Array(program.arenaBytes / 4) }, ...externals];
  const parts = [
    ...[Int32Array.of(words.length), words, Int32Array.of(relative.length), Int32Array.from(relative)],
    ...[Int32Array.of(pointers.length / 3), Int32Array.from(pointers), Int32Array.of(buffers.length)],
    ...buffers.flatMap((buffer) => [Int32Array.of(buffer.bytes), buffer.words.slice()]),
  ];
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

/**
 * @param {number} runs random calls of each kernel
 * @returns {Promise<Buffer>} the file
 */
export async function recordPrograms(runs, seed) {
  const recorder = new Recorder();
  for (const kernel of kernelNames) {
    for (const call of fc.sample(contractArbitraries[kernel], { seed, numRuns: runs })) {
      await execute(recorder, kernel, call, "external");
    }
  }
  registerBackend(recorder.name, async () => recorder);
  for (const net of Object.keys(nets)) await (await training(net, recorder.name)).run(1);
  return Buffer.concat([Buffer.from(Int32Array.of(recorder.records.length).buffer), ...recorder.records]);
}
