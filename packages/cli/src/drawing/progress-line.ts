// One line on a terminal that shows how far a run is. Drawn over itself a few times a second, and gone at the end.
import { countdown, grouped, share } from "./numbers.ts";
import type { Terminal } from "./terminal.ts";

const redrawMilliseconds = 100;
const barWidth = 12;

export interface Progress {
  readonly iteration: number;
  readonly iterations: number;
  readonly loss: number;
  /** null before the first evaluation */
  readonly testAccuracy: number | null;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #iterations: number;
  readonly #batchSize: number;
  readonly #began = performance.now();
  #stepsBegan = performance.now();
  /** spent in steps, evaluations left out */
  #stepping = 0;
  /** that were seen: a run that was resumed has made more */
  #steps = 0;
  #drawn = Number.NEGATIVE_INFINITY;
  #testAccuracy: number | null = null;

  constructor(terminal: Terminal, iterations: number, batchSize: number) {
    this.#terminal = terminal;
    this.#iterations = iterations;
    this.#batchSize = batchSize;
  }

  step(iteration: number, loss: number): void {
    const now = performance.now();
    this.#stepping += now - this.#stepsBegan;
    this.#stepsBegan = now;
    this.#steps++;
    if (now - this.#drawn < redrawMilliseconds) return;
    this.#drawn = now;
    const progress = {
      iteration,
      iterations: this.#iterations,
      loss,
      testAccuracy: this.#testAccuracy,
      imagesPerSecond: (this.#steps * this.#batchSize * 1000) / this.#stepping,
      secondsLeft: ((now - this.#began) / 1000 / this.#steps) * (this.#iterations - iteration),
    };
    this.#terminal.write(`\r\x1b[K${progressText(progress, this.#terminal)}`);
  }

  evaluated(testAccuracy: number): void {
    this.#testAccuracy = testAccuracy;
    this.#stepsBegan = performance.now();
  }

  clear(): void {
    this.#terminal.write("\r\x1b[K");
  }
}

/** Parts from the right are left out until the line fits. */
export function progressText(progress: Progress, { columns, colors }: Pick<Terminal, "columns" | "colors">): string {
  const { iteration, iterations, loss, testAccuracy, imagesPerSecond, secondsLeft } = progress;
  const full = Math.round((iteration / iterations) * barWidth);
  const parts = [
    `${grouped(iteration)}/${grouped(iterations)}`,
    `loss ${loss.toPrecision(3)}`,
    ...(testAccuracy === null ? [] : [`test ${share(testAccuracy)}`]),
    `${grouped(imagesPerSecond)} images/s`,
    `${countdown(secondsLeft)} left`,
  ];
  while (barWidth + 3 + parts.join(" · ").length >= columns && parts.length > 1) parts.pop();
  const bar = `${colors.cyan("━".repeat(full))}${colors.dim("─".repeat(barWidth - full))}`;
  return ` ${bar} ${parts.join(colors.dim(" · "))}`;
}
