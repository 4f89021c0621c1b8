// What JSON.parse does not tell: where the keys of an object stand, and whether one comes twice. Not a parser: it walks
// text that JSON.parse has already accepted.

export interface JsonKeys {
  /** byte offsets of the outermost object's keys */
  readonly offsets: ReadonlyMap<string, number>;
  /** the first key that an object, at any depth, has already; null where there is none */
  readonly duplicate: { readonly key: string; readonly offset: number } | null;
}

const quote = 0x22;
const backslash = 0x5c;

/** @param json UTF-8 of valid JSON */
export function jsonKeys(json: Uint8Array): JsonKeys {
  const decoder = new TextDecoder();
  const offsets = new Map<string, number>();
  /** the keys of the objects we are in; null for an array */
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (let offset = 0; offset < json.length; offset++) {
    switch (json[offset]) {
      case 0x7b: // {
        open.push(new Set());
        expectsKey = true;
        break;
      case 0x5b: // [
        open.push(null);
        expectsKey = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectsKey = false;
        break;
      case 0x2c: // ,
        expectsKey = open.at(-1) instanceof Set;
        break;
      case quote: {
        const begin = offset++;
        while (json[offset] !== quote) offset += json[offset] === backslash ? 2 : 1;
        const keys = open.at(-1);
        if (!expectsKey || !keys) break;
        const key = JSON.parse(decoder.decode(json.subarray(begin, offset + 1))) as string;
        if (keys.has(key)) return { offsets, duplicate: { key, offset: begin } };
        keys.add(key);
        if (open.length === 1) offsets.set(key, begin);
        expectsKey = false;
      }
    }
  }
  return { offsets, duplicate: null };
}
