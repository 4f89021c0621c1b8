// A confusion matrix: rows the class, columns what it was taken for, the counts in the cells.
import { legend, swatch } from "./legend.ts";
import { colors } from "./series-style.ts";
import type { Drawing, DrawingOptions } from "./svg-document.ts";
import { round, text, textWidth } from "./svg-text.ts";

/** @param counts [class][taken for] */
export function confusionDrawing(
  { classes, counts }: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] },
  { width, say }: DrawingOptions,
): Drawing {
  const left = 28 + Math.max(...classes.map((name) => textWidth(name)));
  const top = 36;
  const cell = Math.min(34, (width - left - 14) / classes.length);
  const side = cell * classes.length;
  const most = (right: boolean): number =>
    Math.max(1, ...counts.flatMap((row, y) => row.filter((_, x) => (x === y) === right)));
  const peaks = { right: most(true), wrong: most(false) };
  const cells = counts.flatMap((row, y) =>
    row.map((count, x) => {
      const right = x === y;
      const opacity = count === 0 ? 0 : 0.15 + 0.85 * Math.sqrt(count / (right ? peaks.right : peaks.wrong));
      const color = right ? 0 : 1;
      const [px, py] = [left + x * cell, top + y * cell];
      const fill = `class="f${color}" fill="${colors[color]}" fill-opacity="${opacity.toFixed(2)}"`;
      const light = opacity > 0.6;
      const number = text(px + cell / 2, py + cell / 2 + 4, count === 0 ? "·" : `${count}`, {
        anchor: "middle",
        size: count > 999 ? 9 : 10.5,
        ...(light && { fill: "#ffffff", class: "over" }),
      });
      return `<rect x="${round(px + 0.5)}" y="${round(py + 0.5)}" width="${round(cell - 1)}" height="${round(cell - 1)}" ${fill}/>${number}`;
    }),
  );
  const names = classes.flatMap((name, index) => [
    text(left + (index + 0.5) * cell, top - 6, name, { anchor: "middle", weight: 600 }),
    text(left - 6, top + (index + 0.5) * cell + 4, name, { anchor: "end", weight: 600 }),
  ]);
  const below = legend(
    [
      { sample: swatch(`class="f0" fill="${colors[0]}"`), label: say("right") },
      { sample: swatch(`class="f1" fill="${colors[1]}"`), label: say("wrong; the stronger, the more often") },
    ],
    { left: 10, top: top + side + 8, width: width - 20 },
  );
  return {
    width,
    height: top + side + 8 + below.height + 4,
    body: [
      text(left + side / 2, 13, say("taken for"), { anchor: "middle" }),
      text(13, top + side / 2, say("class"), { anchor: "middle", turn: -90 }),
      ...names,
      ...cells,
      ...below.body,
    ],
  };
}
