// How long Tatami takes to compile a training step (trace, gradients, optimisation, memory plan), the first time in a
// process and later ones, and how many multiply-adds the step has. Argument: a problem's file.
import { readProblem } from "../problem.mjs";
import { summarize } from "../statistics.mjs";
import { multiplyAdds, stepOf, traceFunction } from "../tatami.mjs";

const problem = readProblem(process.argv[2]);
const { step } = stepOf(problem);
const types = [{ shape: [problem.batchSize], dtype: "int32" }];
const times = [];
let program;
for (let run = 0; run < 10; run++) {
  const start = performance.now();
  program = traceFunction(step, types).compiled.program;
  times.push(performance.now() - start);
}
const result = { firstMs: times[0], laterMs: summarize(times.slice(1)), multiplyAdds: multiplyAdds(program) };
process.stdout.write(JSON.stringify(result));
