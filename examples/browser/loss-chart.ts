// The learning curve, as an SVG drawn anew for each frame: the loss of every batch, and their running mean.

const height = 220;
const margin = { left: 40, right: 8, top: 10, bottom: 24 };
/** the loss axis is logarithmic, from here */
const [lowest, highest] = [0.01, 4];

export class LossChart {
  readonly #svg: SVGSVGElement;
  readonly #iterations: number;
  readonly #losses: number[] = [];
  #frame = 0;

  constructor(svg: SVGSVGElement, iterations: number) {
    this.#svg = svg;
    this.#iterations = iterations;
    new ResizeObserver(() => this.#schedule()).observe(svg);
  }

  add(loss: number): void {
    this.#losses.push(loss);
    this.#schedule();
  }

  /** Many losses a frame, one drawing. */
  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const width = this.#svg.clientWidth;
    const right = width - margin.right;
    const bottom = height - margin.bottom;
    const x = (iteration: number): number => margin.left + (iteration / this.#iterations) * (right - margin.left);
    const y = (loss: number): number => {
      const share = Math.log(Math.max(loss, lowest) / lowest) / Math.log(highest / lowest);
      return bottom - share * (bottom - margin.top);
    };
    const line = (values: readonly number[]): string =>
      values.map((value, index) => `${x(index + 1).toFixed(1)},${y(value).toFixed(1)}`).join(" ");

    const rows = [3, 1, 0.3, 0.1, 0.03, 0.01].map(
      (loss) =>
        `<line x1="${margin.left}" x2="${right}" y1="${y(loss)}" y2="${y(loss)}"/>` +
        `<text x="${margin.left - 8}" y="${y(loss) + 4}" text-anchor="end">${loss}</text>`,
    );
    const columns = [0, 0.5, 1].map((share) => {
      const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
      const iteration = Math.round(share * this.#iterations);
      return `<text x="${x(iteration)}" y="${height - 4}" text-anchor="${anchor}">${iteration}</text>`;
    });
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.innerHTML =
      `${rows.join("")}${columns.join("")}` +
      `<polyline class="each" points="${line(this.#losses)}"/>` +
      `<polyline class="mean" points="${line(runningMean(this.#losses))}"/>`;
  }
}

/** The geometric mean of about the last twenty: what the eye would draw on a logarithmic axis. */
function runningMean(values: readonly number[]): number[] {
  let mean = 0;
  return values.map((value, index) => {
    mean += (Math.log(value) - mean) / Math.min(index + 1, 20);
    return Math.exp(mean);
  });
}
