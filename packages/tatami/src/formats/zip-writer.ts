// Zip archives out of named bytes: stored or deflated, with dates of 1980 so that equal contents give equal archives.
import { OptionError } from "../shape/errors.ts";
import { crc32 } from "./crc32.ts";
import { quoted } from "./file-fault.ts";

/** Without zip64, which would lift them. */
const mostBytes = 0xffffffff - 1;
const mostMembers = 0xffff - 1;

const utf8Name = 0x0800;
/** 2.0: deflate */
const version = 20;
/** 1 January 1980 */
const firstDate = 0x21;

/**
 * The pieces of an archive, in order; each member is made when its turn comes.
 * @param compress deflate the members
 * @throws OptionError for more than 65,534 members or 4 GiB: formats without zip's limits are the better choice then
 */
export async function* zipPieces(
  members: Iterable<readonly [name: string, bytes: Uint8Array]>,
  compress: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of members) {
    const nameBytes = new TextEncoder().encode(name);
    const stored = compress ? await deflate(bytes) : bytes;
    checkRoom(name, nameBytes.length, bytes.length, offset + stored.length, directory.length);
    const fields = new DataView(new ArrayBuffer(26));
    fields.setUint16(0, version, true);
    fields.setUint16(2, nameBytes.length > name.length ? utf8Name : 0, true);
    fields.setUint16(4, compress ? 8 : 0, true);
    fields.setUint16(8, firstDate, true);
    fields.setUint32(10, crc32(bytes), true);
    fields.setUint32(14, stored.length, true);
    fields.setUint32(18, bytes.length, true);
    fields.setUint16(22, nameBytes.length, true);
    const shared = new Uint8Array(fields.buffer);
    yield joined([Uint8Array.of(0x50, 0x4b, 3, 4), shared, nameBytes]);
    yield stored;
    const rest = new DataView(new ArrayBuffer(14));
    rest.setUint32(10, offset, true);
    const begin = Uint8Array.of(0x50, 0x4b, 1, 2, version, 0);
    directory.push(joined([begin, shared, new Uint8Array(rest.buffer), nameBytes]));
    offset += 30 + nameBytes.length + stored.length;
  }
  const bytes = joined(directory);
  yield bytes;
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, directory.length, true);
  end.setUint16(10, directory.length, true);
  end.setUint32(12, bytes.length, true);
  end.setUint32(16, offset, true);
  yield new Uint8Array(end.buffer);
}

function checkRoom(name: string, nameBytes: number, bytes: number, end: number, members: number): void {
  if (nameBytes > 0xffff) {
    throw new OptionError(`zip: a name is too long, got ${nameBytes} bytes, expected at most 65535`, "name", nameBytes);
  }
  if (bytes > mostBytes || end + 2 * mostMembers > mostBytes || members >= mostMembers) {
    const got = `${members + 1} members and ${end} bytes with ${quoted(name)}`;
    throw new OptionError(
      `zip: the archive is too large, got ${got}, expected at most ${mostMembers} and 4 GiB; safetensors has no such limit`,
      "members",
      end,
    );
  }
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** Raw deflate: what gzip holds between its header of 10 bytes and its trailer of 8. */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new Uint8Array(bytes));
      controller.close();
    },
  });
  const pieces: Uint8Array[] = [];
  const reader = input.pipeThrough(new CompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
  }
  const gzip = joined(pieces);
  if (gzip[3] !== 0) throw new Error(`internal: gzip with fields of its own, flags ${gzip[3]}`);
  return gzip.subarray(10, -8);
}
