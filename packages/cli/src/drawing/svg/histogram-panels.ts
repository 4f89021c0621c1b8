// Histograms of a group, one below the other, each with its own axes.

import { short } from "../chart-scale.ts";
import { linearAxis } from "./axis-scale.ts";
import { legend, swatch } from "./legend.ts";
import { colors } from "./series-style.ts";
import type { Drawing, DrawingOptions } from "./svg-document.ts";
import { round, text, textWidth } from "./svg-text.ts";

export interface HistogramPanel {
  readonly name: string;
  /** of what is counted */
  readonly label: string;
  /** one more than counts, rising */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

const panel = { head: 16, bars: 46, foot: 18 } as const;

/** @param panels at least one, of one label */
export function histogramDrawing(panels: readonly HistogramPanel[], { width, say }: DrawingOptions): Drawing {
  const peaks = panels.map(({ counts }) => Math.max(1, ...counts));
  const left = 28 + Math.max(...peaks.map((peak) => textWidth(short(peak))));
  const inner = width - left - 14;
  const tall = panel.head + panel.bars + panel.foot;
  const body = panels.flatMap(({ name, edges, counts }, index) => {
    const top = index * tall + panel.head;
    const bottom = top + panel.bars;
    const [low, high] = [edges[0], edges.at(-1)!];
    const x = linearAxis(low, high, width < 480 ? 5 : 8);
    const place = (value: number): number => left + x.place(value) * inner;
    const bars = counts.map((count, bin) => {
      const [from, to] = [place(edges[bin]), place(edges[bin + 1])];
      const high = (count / peaks[index]) * panel.bars;
      return count === 0
        ? ""
        : `M${round(from)} ${round(bottom)}v${-round(high)}H${round(Math.max(from + 0.4, to - 0.5))}V${round(bottom)}z`;
    });
    const ticks = x.ticks.map(({ value, label }) => text(place(value), bottom + 13, label, { anchor: "middle" }));
    return [
      text(left, top - 4, say(name), { weight: 600 }),
      `<path class="grid" d="M${left} ${top}h${round(inner)}M${left} ${bottom}h${round(inner)}" fill="none" stroke="#dddddd"/>`,
      `<path class="f0" d="${bars.join("")}" fill="${colors[0]}"/>`,
      text(left - 5, top + 8, short(peaks[index]), { anchor: "end" }),
      text(left - 5, bottom, "0", { anchor: "end" }),
      ...ticks,
    ];
  });
  const end = panels.length * tall;
  const label = say(panels[0].label);
  const below = legend(
    [{ sample: swatch(`class="f0" fill="${colors[0]}"`), label: say("values in each of the equal bins") }],
    {
      left: 10,
      top: end + 18,
      width: width - 20,
    },
  );
  return {
    width,
    height: end + 18 + below.height + 4,
    body: [
      ...body,
      text(left + inner / 2, end + 12, label, { anchor: "middle" }),
      text(13, end / 2, say("number of values"), { anchor: "middle", turn: -90 }),
      ...below.body,
    ],
  };
}
