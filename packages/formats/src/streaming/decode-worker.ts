// A thread that decodes: takes tasks, answers each with its number, and ends at null. Imported by nobody.
import { parentPort, workerData } from "node:worker_threads";
import { DataError } from "tatamijs/shape";
import type { DecodeAnswer, DecodePlan, DecodeTask } from "./decode-plan.ts";
import { Decoder } from "./decoder.ts";

const decoder = new Decoder(workerData as DecodePlan);

parentPort!.on("message", async (message: { readonly id: number; readonly task: DecodeTask } | null) => {
  if (message === null) {
    await decoder.close();
    parentPort!.close();
    return;
  }
  const { id, task } = message;
  let fault: DecodeAnswer["fault"] = null;
  try {
    await decoder.decode(task);
  } catch (error) {
    fault = { message: (error as Error).message, source: error instanceof DataError ? error.source : null };
  }
  parentPort!.postMessage({ id, fault } satisfies DecodeAnswer);
});
