// The digits a model reads wrongly, drawn for people to judge.
import type { Dataset } from "tatamijs/data";
import type { Prediction } from "tatamijs/train";

/** Figures of the first `limit` mistakes: the digit, what the model reads, what it is. */
export function drawMistakes(test: Dataset, { labels, probabilities, classes }: Prediction, limit: number): Element[] {
  const wrong = [...labels.keys()].filter((index) => labels[index] !== test.labels[index]);
  return wrong.slice(0, limit).map((index) => {
    const [read, is] = [labels[index], test.labels[index]];
    const certainty = Math.round(100 * probabilities[index * classes + read]);
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.innerHTML = `reads <b>${read}</b>, is <b>${is}</b><br><small>${certainty} % sure</small>`;
    figure.append(drawDigit(test, index), caption);
    return figure;
  });
}

function drawDigit({ images, imageShape }: Dataset, index: number): HTMLCanvasElement {
  const [, height, width] = imageShape;
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const pixels = new ImageData(width, height);
  // black ink, of the pixel's opacity
  for (let place = 0; place < height * width; place++) {
    pixels.data[4 * place + 3] = 255 * images[index * height * width + place];
  }
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas;
}
