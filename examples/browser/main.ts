// The page: fetches the data, trains, and shows how it goes. Everything about Tatami is in training.ts and in predict().
import { predict } from "tatamijs/train";
import { LossChart } from "./loss-chart.ts";
import { drawMistakes } from "./mistakes.ts";
import { readDigits, train } from "./training.ts";

declare global {
  /** for the console and the test: the loss of every step so far, and how the run ended */
  var tatami: { losses: number[]; ended: "well" | "badly" | null };
}

const element = <E extends Element>(id: string): E => document.querySelector<E>(`#${id}`)!;
const number = (name: string, otherwise: number): number =>
  Number(new URLSearchParams(location.search).get(name) ?? otherwise);

const iterations = number("iterations", 1000);
const seed = number("seed", 1);
const losses: number[] = [];
globalThis.tatami = { losses, ended: null };

const status = element<HTMLElement>("status");
const stop = element<HTMLButtonElement>("stop");
const stopping = new AbortController();
stop.addEventListener("click", () => stopping.abort());
element<HTMLAnchorElement>("again").href =
  `?${new URLSearchParams({ iterations: `${iterations}`, seed: `${seed + 1}` })}`;

async function fetchBytes(file: string): Promise<ArrayBuffer> {
  const response = await fetch(`mnist/${file}`);
  if (!response.ok) throw new Error(`mnist/${file}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function showAccuracy(accuracy: number): void {
  element("accuracy").textContent = `${(100 * accuracy).toFixed(1)} %`;
}

async function run(): Promise<void> {
  const [training, test] = await Promise.all([
    readDigits(fetchBytes, "train", number("training", 5000)),
    readDigits(fetchBytes, "t10k", number("test", 1000)),
  ]);

  status.textContent = "compiling …";
  const chart = new LossChart(element("curve"), iterations);
  const progress = element<HTMLProgressElement>("progress");
  progress.max = iterations;
  let began = 0;

  const { model, result } = await train({
    training,
    test,
    seed,
    iterations,
    signal: stopping.signal,
    callbacks: {
      onStep(iteration, loss) {
        if (iteration === 1) began = performance.now();
        losses.push(loss);
        chart.add(loss);
        progress.value = iteration;
        element("loss").textContent = loss.toFixed(3);
        const perStep = (performance.now() - began) / 1000 / Math.max(1, iteration - 1);
        element("seconds").textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
        status.textContent =
          `step ${iteration} of ${iterations}` +
          (iteration > 20 ? ` · ${Math.round(100 / perStep).toLocaleString("en")} images a second` : "");
      },
      onEvaluate({ validation }) {
        showAccuracy(validation!.accuracy);
      },
    },
  });

  const prediction = await predict(model, test);
  const wrong = prediction.labels.filter((label, index) => label !== test.labels[index]).length;
  showAccuracy(1 - wrong / test.labels.length);
  element("mistakes").replaceChildren(...drawMistakes(test, prediction, 24));
  element("summary").textContent = `${wrong} of ${test.labels.length} digits it had never seen`;
  status.textContent =
    `${result.aborted ? "stopped" : "done"} after ${result.iterations} steps of ` +
    `${result.stepMilliseconds.median.toFixed(1)} ms on the ${result.backend} backend, threads: ${result.threads}`;
}

try {
  await run();
  globalThis.tatami.ended = "well";
} catch (error) {
  status.textContent = String(error);
  document.body.classList.add("failed");
  globalThis.tatami.ended = "badly";
}
document.body.classList.add("ended");
