// The checksum of zip and gzip (ITU-T V.42), eight bytes at a time by tables ("slicing by 8").

const tables = Array.from({ length: 8 }, () => new Uint32Array(256));

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    tables[0]![byte] = remainder;
  }
  for (let table = 1; table < 8; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[table - 1]![byte]!;
      tables[table]![byte] = (before >>> 8) ^ tables[0]![before & 255]!;
    }
  }
}

/** @param crc of the bytes before these, to go on from; 0 at the beginning */
export function crc32(bytes: Uint8Array, crc = 0): number {
  if (tables[0]![1] === 0) fillTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let state = ~crc;
  let index = 0;
  for (; index + 8 <= bytes.length; index += 8) {
    const low =
      state ^ (bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24));
    state =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[index + 4]!]! ^
      t2[bytes[index + 5]!]! ^
      t1[bytes[index + 6]!]! ^
      t0[bytes[index + 7]!]!;
  }
  for (; index < bytes.length; index++) state = (state >>> 8) ^ t0[(state ^ bytes[index]!) & 255]!;
  return ~state >>> 0;
}
