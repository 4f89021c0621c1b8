import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { crc32, writePng } from "tatamijs/formats";
import { DataError } from "tatamijs/shape";
import { describe, expect, it } from "vitest";
import { foreignImage, greyPixels, paletteIndices, palettePixels } from "./foreign-images.ts";
import { readImage } from "./read-image.ts";

const rgbPixels = Array.from({ length: 20 }, (_, index) => {
  const [x, y] = [index % 5, Math.floor(index / 5)];
  return [x * 50, y * 60, (x * y * 13) % 256];
}).flat();

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  bytes.set(Buffer.from(type), 4);
  bytes.set(data, 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function png(header: readonly number[], lines: Uint8Array): Uint8Array {
  const [width, height, ...rest] = header;
  const content = new Uint8Array(13);
  const view = new DataView(content.buffer);
  view.setUint32(0, width!);
  view.setUint32(4, height!);
  content.set(rest, 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const pieces = [chunk("IHDR", content), chunk("IDAT", deflateSync(lines)), chunk("IEND", new Uint8Array())];
  return new Uint8Array(Buffer.concat([signature, ...pieces]));
}

describe("readImage(png)", () => {
  it("reads what Pillow wrote: RGB, grey, bits, 16 bits", async () => {
    expect(await readImage(foreignImage("rgb"))).toEqual({
      width: 5,
      height: 4,
      channels: 3,
      data: Uint8Array.from(rgbPixels),
    });
    expect(await readImage(foreignImage("grey"))).toMatchObject({ channels: 1, data: Uint8Array.from(greyPixels) });
    const bits = await readImage(foreignImage("bit"));
    expect(bits.data).toEqual(Uint8Array.from({ length: 20 }, (_, at) => (((at % 5) + Math.floor(at / 5)) % 2) * 255));
    const sixteen = await readImage(foreignImage("sixteen"));
    expect([...sixteen.data]).toEqual(
      Array.from({ length: 20 }, (_, at) => ((at % 5) * 13000 + Math.floor(at / 5) * 50) >> 8),
    );
  });

  it("takes left before above and above before above left where Paeth's predictor is as near to several", async () => {
    const header = [2, 2, 8, 0, 0, 0, 0];
    const left = await readImage(png(header, Uint8Array.of(0, 20, 21, 4, 254, 0)));
    expect([...left.data]).toEqual([20, 21, 18, 18]);
    const above = await readImage(png(header, Uint8Array.of(0, 20, 18, 4, 1, 0)));
    expect([...above.data]).toEqual([20, 18, 21, 18]);
  });

  it("lays what is transparent over white", async () => {
    const { data } = await readImage(foreignImage("rgba"));
    expect([...data]).toEqual(rgbPixels.map((value) => Math.round((value * 128 + 255 * 127) / 255)));
    expect((await readImage(foreignImage("greyAlpha"))).data).toEqual(new Uint8Array(20).fill(255));
    const palette = await readImage(foreignImage("palette"));
    const expected = palettePixels.flatMap((pixel, at) => (paletteIndices[at] === 0 ? [255, 255, 255] : pixel));
    expect([...palette.data]).toEqual(expected);
  });

  it("puts the seven passes of an interlaced image together", async () => {
    const [width, height] = [5, 3];
    // the passes of 5 × 3 by hand: each line begins with filter 0
    const passes = [
      [[0]],
      [[4]],
      [],
      [[2]],
      [[10, 12, 14]],
      [
        [1, 3],
        [11, 13],
      ],
      [[5, 6, 7, 8, 9]],
    ];
    const passLines = passes.flat().flatMap((line) => [0, ...line]);
    const { data } = await readImage(png([width, height, 8, 0, 0, 0, 1], Uint8Array.from(passLines)));
    expect([...data]).toEqual(Array.from({ length: 15 }, (_, at) => at));
  });

  it("refuses what is damaged, lies or is too large before it decodes", async () => {
    const whole = writePng({ width: 2, height: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4) });
    const flipped = whole.slice();
    flipped[50]! ^= 1;
    const refused = (bytes: Uint8Array, limits = {}): Promise<string> =>
      readImage(bytes, { source: "a.png", ...limits }).then(
        () => "read",
        (error: unknown) => (error instanceof DataError ? error.message : `other: ${error}`),
      );
    expect(await refused(flipped)).toMatch(/^png: a\.png is damaged in the chunk at offset 33, got checksum 0x/);
    expect(await refused(whole.subarray(0, 50))).toMatch(/^png: a\.png is truncated at offset 50, got 50 bytes/);
    expect(await refused(whole, { mostPixels: 3 })).toBe(
      "png: a.png is too large, got 2 × 2 pixels, expected at most 3 pixels",
    );
    const header = [2, 2, 8, 0, 0, 0, 0];
    expect(await refused(png(header, new Uint8Array(1e6)))).toMatch(/has damaged pixels, got "more than 6 bytes/);
    expect(await refused(png([8000, 8000, 8, 0, 0, 0, 0], new Uint8Array(10)))).toMatch(/is shorter than its size/);
    expect(await refused(png(header, Uint8Array.of(9, 0, 0, 0, 0, 0)))).toMatch(/unknown filter in line 0, got 9/);
    expect(await refused(png([2, 2, 7, 0, 0, 0, 0], new Uint8Array(6)))).toMatch(/has a wrong header at offset 8/);
  });
});

describe("readImage(jpeg)", () => {
  it("reads baseline and progressive ones within a few steps of Pillow", async () => {
    const pillow = [
      [0, [0, 0, 120]],
      [15, [230, 5, 127]],
      [15 * 16, [9, 234, 128]],
      [8 * 16 + 8, [127, 129, 128]],
    ] as const;
    for (const name of ["jpeg", "progressive"] as const) {
      const { width, height, channels, data } = await readImage(foreignImage(name));
      expect({ width, height, channels }).toEqual({ width: 16, height: 16, channels: 3 });
      for (const [pixel, expected] of pillow) {
        for (const [channel, value] of expected.entries()) {
          expect(Math.abs(data[3 * pixel + channel]! - value)).toBeLessThanOrEqual(12);
        }
      }
    }
    expect(await readImage(foreignImage("greyJpeg"))).toMatchObject({ width: 16, height: 16, channels: 1 });
  });

  it("turns a photograph upright that was taken sideways", async () => {
    const { width, height, data } = await readImage(foreignImage("sideways"));
    expect({ width, height }).toEqual({ width: 8, height: 16 });
    expect(data.subarray(0, 60).every((value) => value > 245)).toBe(true);
    expect(data.subarray(70).every((value) => value < 10)).toBe(true);
  });

  it("refuses truncation at every offset, other kinds and what is too large", async () => {
    const whole = foreignImage("jpeg");
    for (let length = 0; length < whole.length; length++) {
      await expect(readImage(whole.subarray(0, length))).rejects.toThrow(DataError);
    }
    await expect(readImage(foreignImage("cmyk"))).rejects.toThrow(
      /has other channels at offset \d+, got 4, expected 1/,
    );
    await expect(readImage(whole, { mostPixels: 255 })).rejects.toThrow("is too large, got 16 × 16 pixels");
  });
});

describe("readImage(path)", () => {
  it("tells formats by content and names the file in every fault", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tatami-images-"));
    try {
      const path = join(folder, "really a png.jpg");
      await writeFile(path, foreignImage("rgb"));
      expect(await readImage(path)).toMatchObject({ width: 5, height: 4 });
      await writeFile(path, "GIF89a and so on");
      await expect(readImage(path)).rejects.toThrow(
        `image: ${path} is of another format, got a GIF, expected PNG or JPEG`,
      );
      await expect(readImage(folder)).rejects.toThrow(`file: ${folder} cannot be read, got "a folder, pipe or device"`);
      await expect(readImage(join(folder, "none.png"))).rejects.toThrow(DataError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
