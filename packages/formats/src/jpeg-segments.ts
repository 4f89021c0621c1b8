// The segments of a JPEG file (ITU-T T.81, annex B), walked from the first byte to the last before anything is decoded: the
// size, the number of channels and the camera's orientation. Decodes no pixel.
import { checkSize, type ImageFault } from "./image.ts";

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  /** 1 to 8 as Exif numbers them; 1 is upright */
  readonly orientation: number;
}

/** Each is a pass over all blocks; cameras and encoders make at most 10 or so. */
const mostScans = 100;

/** A block of 8 × 8 pixels takes at least a bit. */
const pixelsPerByte = 8 * 64;

/** @throws DataError where the file is truncated, of an unknown kind, or larger than it can be */
export function jpegFrame(bytes: Uint8Array, mostPixels: number, fault: ImageFault): JpegFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const truncated = (): Error => fault(`is truncated at offset ${bytes.length}`, `${bytes.length} bytes`, "more");
  let frame: Omit<JpegFrame, "orientation"> | null = null;
  let orientation = 1;
  let scans = 0;
  for (let offset = 2; ; ) {
    if (offset + 2 > bytes.length) throw truncated();
    const marker = bytes[offset + 1]!;
    if (bytes[offset] !== 0xff) throw fault(`is damaged at offset ${offset}`, hex(bytes[offset]!), "a marker, 0xff");
    if (marker === 0xff) {
      offset++;
      continue;
    }
    if (marker === 0xd9) break;
    if (offset + 4 > bytes.length) throw truncated();
    const length = view.getUint16(offset + 2);
    if (length < 2) throw fault(`has a wrong segment at offset ${offset}`, `${length} bytes`, "at least 2");
    const end = offset + 2 + length;
    if (end > bytes.length) throw truncated();
    const data = bytes.subarray(offset + 4, end);
    if (isFrame(marker)) {
      if (frame !== null) throw fault(`has a second frame at offset ${offset}`, "two", "one");
      frame = frameOf(marker, data, offset, fault);
      checkSize(frame.width, frame.height, mostPixels, fault);
    } else if (marker === 0xe1) orientation = exifOrientation(data) ?? orientation;
    offset = end;
    if (marker === 0xda) {
      if (frame === null) throw fault(`has pixels before its size at offset ${offset}`, "a scan", "a frame");
      if (++scans > mostScans) throw fault("has too many scans", `more than ${mostScans}`, `at most ${mostScans}`);
      while (offset < bytes.length && !(bytes[offset] === 0xff && endsScan(bytes[offset + 1]))) offset++;
    }
  }
  if (frame === null || scans === 0) throw fault("has no pixels", frame === null ? "no frame" : "no scan", "both");
  if (frame.width * frame.height > bytes.length * pixelsPerByte) {
    throw fault(
      "is shorter than its size",
      `${bytes.length} bytes`,
      `enough for ${frame.width} × ${frame.height} pixels`,
    );
  }
  return { ...frame, orientation };
}

/** Stuffed zeros and restart markers belong to the pixels. */
function endsScan(next: number | undefined): boolean {
  return next !== undefined && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7);
}

/** All but DHT, JPG and DAC of 0xc0 to 0xcf. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function frameOf(marker: number, data: Uint8Array, offset: number, fault: ImageFault): Omit<JpegFrame, "orientation"> {
  if (marker > 0xc2) {
    throw fault(
      `is of an unknown kind at offset ${offset}`,
      hex(marker),
      "a baseline or progressive JPEG, 0xc0 to 0xc2",
    );
  }
  const components = data[5];
  if (data.length < 6 || data.length !== 6 + 3 * components!) {
    throw fault(`has a wrong frame at offset ${offset}`, `${data.length} bytes`, "6 and 3 for each component");
  }
  if (data[0] !== 8) throw fault(`has other samples at offset ${offset}`, `${data[0]} bits`, "8");
  if (components !== 1 && components !== 3) {
    throw fault(`has other channels at offset ${offset}`, String(components), "1 for grey or 3 for colours");
  }
  for (let component = 0; component < components; component++) {
    const sampling = data[6 + 3 * component + 1]!;
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) {
      throw fault(`has a wrong sampling at offset ${offset}`, `${across} × ${down}`, "1 to 4 each");
    }
  }
  return { height: data[1]! * 256 + data[2]!, width: data[3]! * 256 + data[4]!, components };
}

/** The orientation tag of the first directory of Exif's TIFF header; undefined where there is none. */
function exifOrientation(data: Uint8Array): number | undefined {
  if (String.fromCharCode(...data.subarray(0, 6)) !== "Exif\0\0" || data.length < 14) return undefined;
  const tiff = new DataView(data.buffer, data.byteOffset + 6, data.length - 6);
  const little = tiff.getUint8(0) === 0x49;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  const entries = tiff.getUint16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.byteLength) return undefined;
    if (tiff.getUint16(at, little) !== 0x0112) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
