// Which characters a WOFF2 font has glyphs for: its table `cmap`, nothing else of it (W3C WOFF 2.0 §4, OpenType `cmap`). For
// fonts that come as packages, not for files from anywhere.
import { brotliDecompressSync } from "node:zlib";

/** @returns whether there is a glyph for a code point */
export function fontCharacters(woff2: Uint8Array): (codePoint: number) => boolean {
  const cmap = characterTable(woff2);
  const subtables = Array.from({ length: cmap.getUint16(2) }, (_, index) => cmap.getUint32(8 + index * 8));
  const format = (at: number): number => cmap.getUint16(at);
  const full = subtables.find((at) => format(at) === 12);
  const basic = subtables.find((at) => format(at) === 4);
  const ranges = full !== undefined ? groups(cmap, full) : basic !== undefined ? segments(cmap, basic) : [];
  return (codePoint) => ranges.some(([first, last]) => first <= codePoint && codePoint <= last);
}

function characterTable(woff2: Uint8Array): DataView {
  const view = new DataView(woff2.buffer, woff2.byteOffset, woff2.byteLength);
  let at = 48;
  const base128 = (): number => {
    let value = 0;
    for (;;) {
      const byte = view.getUint8(at++);
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  };
  let offset = 0;
  let place: [number, number] | undefined;
  for (let table = view.getUint16(12); table > 0; table--) {
    const flags = view.getUint8(at++);
    const tag = flags & 63;
    if (tag === 63) at += 4;
    const length = base128();
    // glyf (10) and loca (11) are transformed unless their version is 3, other tables unless it is 0
    const version = flags >> 6;
    const stored = (tag === 10 || tag === 11 ? version !== 3 : version !== 0) ? base128() : length;
    if (tag === 0) place = [offset, length];
    offset += stored;
  }
  if (!place) throw new Error("internal: a font without cmap");
  const tables = brotliDecompressSync(woff2.subarray(at, at + view.getUint32(20)));
  return new DataView(tables.buffer, tables.byteOffset + place[0], place[1]);
}

type Range = readonly [first: number, last: number];

/** format 12: groups of code points */
function groups(cmap: DataView, at: number): Range[] {
  return Array.from({ length: cmap.getUint32(at + 12) }, (_, index) => {
    const group = at + 16 + index * 12;
    return [cmap.getUint32(group), cmap.getUint32(group + 4)] as const;
  });
}

/** format 4: segments of the basic plane; those whose glyph is 0 are left out one by one */
function segments(cmap: DataView, at: number): Range[] {
  const bytes = cmap.getUint16(at + 6);
  return Array.from({ length: bytes / 2 }, (_, index) => index * 2).flatMap((place): Range[] => {
    const last = cmap.getUint16(at + 14 + place);
    const first = cmap.getUint16(at + 16 + bytes + place);
    const delta = cmap.getUint16(at + 16 + 2 * bytes + place);
    const rangeAt = at + 16 + 3 * bytes + place;
    const range = cmap.getUint16(rangeAt);
    return Array.from({ length: last - first + 1 }, (_, step) => first + step).flatMap((code): Range[] => {
      const glyph = range === 0 ? code + delta : cmap.getUint16(rangeAt + range + (code - first) * 2);
      return code !== 0xffff && (glyph & 0xffff) !== 0 ? [[code, code]] : [];
    });
  });
}
