// JPEG images, baseline and progressive, upright whatever way the camera was held. jpeg-js decodes what jpeg-segments.ts has
// found to be whole and of a bearable size; nothing it throws passes as it is.
import jpeg from "jpeg-js";
import { defaultMostPixels, type Image, type ImageLimits, imageFaults } from "./image.ts";
import { jpegFrame } from "./jpeg-segments.ts";

/** jpeg-js holds coefficients, planes and pixels at once: about 20 bytes a pixel, and as much for its arrays. */
const megabytes = (pixels: number): number => 16 + Math.ceil((pixels * 40) / 2 ** 20);

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * A JPEG image as grey or RGB, turned upright by its Exif orientation.
 * @throws DataError where it is no JPEG, damaged, truncated, of another kind (CMYK, lossless, arithmetic) or larger than the
 * limit
 */
export function decodeJpeg(bytes: Uint8Array, limits: ImageLimits = {}): Image {
  const { source = "the data", mostPixels = defaultMostPixels } = limits;
  const fault = imageFaults("jpeg", source);
  if (!isJpeg(bytes)) throw fault("is no JPEG", `${bytes.length} bytes that begin otherwise`, "JPEG's signature");
  const { width, height, components, orientation } = jpegFrame(bytes, mostPixels, fault);
  let rgb: Uint8Array;
  try {
    const decoded = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: mostPixels / 1e6,
      maxMemoryUsageInMB: megabytes(mostPixels),
    });
    if (decoded.width !== width || decoded.height !== height || decoded.data.length !== 3 * width * height) {
      throw new Error(`${decoded.width} × ${decoded.height} pixels`);
    }
    rgb = decoded.data;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fault("has damaged pixels", JSON.stringify(reason), "an intact JPEG", cause);
  }
  return upright(
    { width, height, channels: components, data: components === 3 ? rgb : firstOfThree(rgb) },
    orientation,
  );
}

/** Of each grey pixel of three equal channels, one. */
function firstOfThree(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let pixel = 0; pixel < grey.length; pixel++) grey[pixel] = rgb[3 * pixel]!;
  return grey;
}

/** The image as it was seen. @param orientation 1 to 8, as Exif 2.3 numbers them */
function upright(image: Image, orientation: number): Image {
  if (orientation === 1) return image;
  const { width, height, channels, data } = image;
  const sideways = orientation >= 5;
  const size = sideways ? { width: height, height: width } : { width, height };
  // of the columns and rows of the stored image, that the ones of the upright image run through
  const mirrored = [2, 3, 7, 8].includes(orientation);
  const flipped = [3, 4, 6, 7].includes(orientation);
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [column, row] = sideways ? [y, x] : [x, y];
      const from = (flipped ? height - 1 - row : row) * width + (mirrored ? width - 1 - column : column);
      for (let channel = 0; channel < channels; channel++) {
        turned[(y * size.width + x) * channels + channel] = data[from * channels + channel]!;
      }
    }
  }
  return { ...size, channels, data: turned };
}
