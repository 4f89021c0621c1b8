// Photographed or drawn digits brought to what MNIST's makers made (LeCun et al. 1998, section III.A): white on black, fitted
// into 20 × 20, the centre of mass in the middle of 28 × 28. Recognises nothing.
import { type Image, imageFaults } from "./image.ts";
import { invert, resize, toChannels } from "./resize.ts";

export interface DigitOptions {
  /** dark ink on bright paper; default false */
  invert?: boolean | undefined;
  /** for messages; default "the image" */
  source?: string | undefined;
}

/** of the side that the digit is fitted into, MNIST's 20 of 28 */
const fitted = 20 / 28;

/** What is this much darker than the brightest ink is paper or its shadow, and becomes black. */
const paperShare = 0.3;

/**
 * The digit alone, bright on black, centred by its mass.
 * @param side of the square that comes out, ≥ 4: 28 as MNIST
 * @throws DataError where there is no ink: all pixels are alike
 */
export function centreDigit(image: Image, side: number, options: DigitOptions = {}): Image {
  const { source = "the image" } = options;
  const grey = toChannels(image, 1);
  const { width, height, data } = stretched(options.invert ? invert(grey) : grey, source);
  const box = boxOf(data, width, height);
  const most = Math.max(1, Math.round(side * fitted));
  const scale = most / Math.max(box.width, box.height);
  const cut = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const begin = (box.top + y) * width + box.left;
    cut.set(data.subarray(begin, begin + box.width), y * box.width);
  }
  const ink = resize(
    { width: box.width, height: box.height, channels: 1, data: cut },
    Math.max(1, Math.round(box.width * scale)),
    Math.max(1, Math.round(box.height * scale)),
  );
  const [x, y] = centreOfMass(ink);
  // the centre may lie far off the middle, but the ink stays inside
  const left = Math.min(side - ink.width, Math.max(0, Math.round(side / 2 - x)));
  const top = Math.min(side - ink.height, Math.max(0, Math.round(side / 2 - y)));
  const canvas = new Uint8Array(side * side);
  for (let row = 0; row < ink.height; row++) {
    canvas.set(ink.data.subarray(row * ink.width, (row + 1) * ink.width), (top + row) * side + left);
  }
  return { width: side, height: side, channels: 1, data: canvas };
}

/** Paper to 0, the brightest ink to 255. */
function stretched(image: Image, source: string): Image {
  // the paper is what most pixels are: their median
  const counts = new Uint32Array(256);
  for (const value of image.data) counts[value]!++;
  let paper = 0;
  for (let seen = counts[0]!; seen * 2 < image.data.length; seen += counts[paper]!) paper++;
  let brightest = 255;
  while (counts[brightest] === 0) brightest--;
  if (brightest - paper < 16) {
    throw imageFaults("centreDigit", source)(
      "holds no digit",
      `ink of ${brightest} on paper of ${paper}`,
      "bright ink on darker paper, 16 of 255 apart or more; dark ink on bright paper has to be inverted",
    );
  }
  const floor = paper + paperShare * (brightest - paper);
  const data = image.data.map((value) => Math.max(0, Math.round((255 * (value - floor)) / (brightest - floor))));
  return { ...image, data };
}

/** Around all that is not black. */
function boxOf(
  data: Uint8Array,
  width: number,
  height: number,
): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** From the left and from the top, in pixels. */
function centreOfMass({ width, data }: Image): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  for (const [index, value] of data.entries()) {
    mass += value;
    x += value * ((index % width) + 0.5);
    y += value * (Math.floor(index / width) + 0.5);
  }
  return mass === 0 ? [width / 2, data.length / width / 2] : [x / mass, y / mass];
}
