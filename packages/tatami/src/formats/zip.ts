// Zip archives, read by their central directory (PKWARE's APPNOTE 6.3): members stored or deflated, zip64 too. Nothing is
// ever extracted into a file system, so a member's name is a text and no path. Writing is zip-writer.ts.
import type { ByteSource } from "./byte-source.ts";
import { crc32 } from "./crc32.ts";
import { type Fault, faultsOf, quoted } from "./file-fault.ts";
import { gunzip, maximumExpansion } from "./gzip.ts";

export interface ZipMember {
  readonly name: string;
  /** 0: stored, 8: deflated */
  readonly method: 0 | 8;
  /** of the local header, from the beginning of the file */
  readonly offset: number;
  /** of the next member or the directory: this member ends before it */
  readonly limit: number;
  readonly storedBytes: number;
  /** when inflated, as the directory says */
  readonly bytes: number;
  readonly crc: number;
  readonly nameBytes: Uint8Array;
}

const endBytes = 22;
const longestComment = 0xffff;
const locatorBytes = 20;
const end64Bytes = 56;
const entryBytes = 46;
export const localBytes = 30;
const encrypted = 1;
const none16 = 0xffff;
const none32 = 0xffffffff;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Where the central directory is. */
interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly members: number;
}

/**
 * What an archive holds, in the order of its directory.
 * @throws DataError where the directory is damaged, a name comes twice, members overlap, are encrypted or compressed by
 * other means, or claim to inflate to more than they can
 */
export async function zipMembers(file: ByteSource): Promise<ZipMember[]> {
  const fault = faultsOf("zip", file.name);
  const directory = await findDirectory(file, fault);
  const bytes = await file.read(directory.offset, directory.bytes);
  const members: ZipMember[] = [];
  const names = new Set<string>();
  let position = 0;
  for (let index = 0; index < directory.members; index++) {
    const place = directory.offset + position;
    const { member, length } = entryAt(bytes.subarray(position), place, directory, fault);
    if (names.has(member.name)) throw fault("has a member twice", place, quoted(member.name), "each name once");
    names.add(member.name);
    members.push(member);
    position += length;
  }
  if (position !== directory.bytes) {
    const got = `${directory.bytes} bytes`;
    throw fault("has a directory of another length than its members", directory.offset, got, `${position}`);
  }
  return withLimits(members, directory, fault);
}

async function findDirectory(file: ByteSource, fault: Fault): Promise<Directory> {
  const tailOffset = Math.max(0, file.size - endBytes - longestComment);
  const tail = await file.read(tailOffset, file.size - tailOffset);
  const view = viewOf(tail);
  let end = tail.length - endBytes;
  while (
    end >= 0 &&
    !(view.getUint32(end, true) === 0x06054b50 && view.getUint16(end + 20, true) === tail.length - end - endBytes)
  )
    end--;
  if (end < 0) {
    throw fault("is no zip archive or ends too soon", file.size, `${file.size} bytes without an end record`, "one");
  }
  const place = tailOffset + end;
  const numbers = [4, 6, 8, 10].map((field) => view.getUint16(end + field, true));
  let directory = {
    members: numbers[3]!,
    bytes: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  };
  let last = place;
  if (numbers.includes(none16) || directory.bytes === none32 || directory.offset === none32) {
    ({ last, ...directory } = await readEnd64(file, place, fault));
  } else if (numbers[0] !== 0 || numbers[1] !== 0 || numbers[2] !== numbers[3]) {
    throw fault("is a part of an archive", place, `disk ${numbers[0]} of several`, "a whole one");
  }
  if (directory.offset + directory.bytes !== last) {
    const got = `${directory.bytes} bytes at ${directory.offset}`;
    throw fault("has a directory that does not end where its end record begins", place, got, `an end at ${last}`);
  }
  return directory;
}

/** The end record of zip64, which a locator just before the other one points at. */
async function readEnd64(file: ByteSource, end: number, fault: Fault): Promise<Directory & { last: number }> {
  const place = end - locatorBytes;
  const locator = viewOf(await file.read(Math.max(0, place), Math.min(end, locatorBytes)));
  if (place < 0 || locator.getUint32(0, true) !== 0x07064b50) {
    throw fault("lacks the locator of its zip64 end record", Math.max(0, place), "other bytes", "50 4b 06 07");
  }
  const last = Number(locator.getBigUint64(8, true));
  if (last + end64Bytes > place) {
    throw fault("has a zip64 end record out of place", place + 8, `offset ${last}`, `at most ${place - end64Bytes}`);
  }
  const record = viewOf(await file.read(last, end64Bytes));
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw fault("has no zip64 end record", last, `0x${record.getUint32(0, true).toString(16)}`, "0x6064b50");
  }
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0) {
    throw fault("is a part of an archive", last + 16, "several disks", "a whole one");
  }
  const [members, bytes, offset] = [32, 40, 48].map((field) => Number(record.getBigUint64(field, true))) as [
    number,
    number,
    number,
  ];
  return { members, bytes, offset, last };
}

/** The directory's entry at the start of `bytes`, which stand at `place` in the file; `limit` is not yet known. */
function entryAt(
  bytes: Uint8Array,
  place: number,
  directory: Directory,
  fault: Fault,
): { member: ZipMember; length: number } {
  const view = viewOf(bytes);
  if (bytes.length < entryBytes || view.getUint32(0, true) !== 0x02014b50) {
    throw fault("has a damaged directory", place, "other bytes or its end", `${directory.members} entries`);
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(field, true)) as [
    number,
    number,
    number,
  ];
  const length = entryBytes + nameLength + extraLength + commentLength;
  if (bytes.length < length) throw fault("has a damaged directory", place, `${bytes.length} bytes`, `${length}`);
  const nameBytes = bytes.slice(entryBytes, entryBytes + nameLength);
  const name = decodeName(nameBytes);
  const extra = bytes.subarray(entryBytes + nameLength, entryBytes + nameLength + extraLength);
  const sizes = [24, 20, 42].map((field) => view.getUint32(field, true));
  const [full, stored, offset] = withZip64(sizes, extra, place, fault) as [number, number, number];
  const method = view.getUint16(10, true);
  if (view.getUint16(8, true) & encrypted) {
    throw fault(`has an encrypted member ${quoted(name)}`, place + 8, "encryption", "none");
  }
  if (method !== 0 && method !== 8) {
    throw fault(
      `has member ${quoted(name)} compressed by other means`,
      place + 10,
      `method ${method}`,
      "0 or 8 (deflate)",
    );
  }
  // an empty deflate stream has two bytes, and some writers end it in blocks that hold nothing
  if (method === 0 ? full !== stored : full > stored * maximumExpansion) {
    const expected = method === 0 ? `${stored}` : `at most ${stored * maximumExpansion}`;
    throw fault(`has member ${quoted(name)} of a size its data cannot fill`, place + 24, `${full} bytes`, expected);
  }
  const crc = view.getUint32(16, true);
  return { member: { name, method, offset, limit: 0, storedBytes: stored, bytes: full, crc, nameBytes }, length };
}

/** Archives say whether names are UTF-8, NumPy's are; others are shown byte by byte. */
function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** Sizes and offset, those that need 64 bits taken from the extra field. */
function withZip64(fields: readonly number[], extra: Uint8Array, place: number, fault: Fault): number[] {
  if (!fields.includes(none32)) return [...fields];
  const view = viewOf(extra);
  for (let position = 0; position + 4 <= extra.length; ) {
    const end = position + 4 + view.getUint16(position + 2, true);
    if (view.getUint16(position, true) === 1 && end <= extra.length) {
      let next = position + 4;
      return fields.map((field) => {
        if (field !== none32) return field;
        next += 8;
        const value = next <= end ? Number(view.getBigUint64(next - 8, true)) : Number.NaN;
        if (Number.isSafeInteger(value)) return value;
        throw fault("has a damaged zip64 field", place, "an impossible or missing size", "one of 64 bits");
      });
    }
    position = end;
  }
  throw fault("lacks a zip64 field", place, "none", "one for sizes of 4 GiB and more");
}

/** Says where each member must end, and refuses those that share bytes: that is how small archives inflate without end. */
function withLimits(members: readonly ZipMember[], directory: Directory, fault: Fault): ZipMember[] {
  const order = [...members].sort((a, b) => a.offset - b.offset);
  const limits = new Map<ZipMember, number>();
  for (const [index, member] of order.entries()) {
    const limit = order[index + 1]?.offset ?? directory.offset;
    limits.set(member, limit);
    const least = member.offset + localBytes + member.nameBytes.length + member.storedBytes;
    if (least > limit) {
      const what = `has member ${quoted(member.name)} reaching into what follows it`;
      throw fault(what, member.offset, `an end at ${least} or later`, `at most ${limit}`);
    }
  }
  return members.map((member) => ({ ...member, limit: limits.get(member)! }));
}

/**
 * The bytes of a member, inflated, chunk by chunk; the checksum is compared at the end. Never more than the directory says.
 * @throws DataError where they are damaged, more or fewer
 */
export async function* memberBytes(file: ByteSource, member: ZipMember): AsyncGenerator<Uint8Array, void, undefined> {
  const fault = faultsOf("zip", file.name);
  const title = `has a damaged member ${quoted(member.name)}`;
  const begin = await dataOffset(file, member, fault);
  const stored = await file.read(begin, member.storedBytes);
  let produced = 0;
  let crc = 0;
  for await (const chunk of member.method === 0
    ? [stored]
    : inflated(stored, member, (reason, cause) => fault(title, begin, reason, "deflated data", cause))) {
    produced += chunk.length;
    if (produced > member.bytes) throw fault(title, begin, `${produced} bytes or more`, `${member.bytes}`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (produced < member.bytes) throw fault(title, begin, `${produced} bytes`, `${member.bytes}`);
  if (crc !== member.crc) throw fault(title, begin, `checksum ${hex(crc)}`, hex(member.crc));
}

const hex = (crc: number): string => `0x${crc.toString(16).padStart(8, "0")}`;

async function dataOffset(file: ByteSource, member: ZipMember, fault: Fault): Promise<number> {
  const { offset, nameBytes } = member;
  const local = await file.read(offset, localBytes + nameBytes.length);
  const view = viewOf(local);
  const same =
    view.getUint32(0, true) === 0x04034b50 &&
    view.getUint16(8, true) === member.method &&
    view.getUint16(26, true) === nameBytes.length &&
    nameBytes.every((byte, index) => local[localBytes + index] === byte);
  if (!same) {
    throw fault(`has no member ${quoted(member.name)}`, offset, "another local header", "the one of the directory");
  }
  const begin = offset + local.length + view.getUint16(28, true);
  if (begin + member.storedBytes > member.limit) {
    const what = `has member ${quoted(member.name)} reaching into what follows it`;
    throw fault(what, offset, `an end at ${begin + member.storedBytes}`, `at most ${member.limit}`);
  }
  return begin;
}

/** Inflates in the guise of gzip: every platform unpacks that, and compares the checksum too. */
async function* inflated(
  deflated: Uint8Array,
  { bytes, crc }: ZipMember,
  damaged: (reason: string, cause: unknown) => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = new Uint8Array(10 + deflated.length + 8);
  file.set([0x1f, 0x8b, 8]);
  file.set(deflated, 10);
  const view = viewOf(file);
  view.setUint32(file.length - 8, crc, true);
  view.setUint32(file.length - 4, bytes % 2 ** 32, true);
  try {
    yield* gunzip(file, "the member");
  } catch (error) {
    const { cause } = error as Error;
    throw damaged(quoted(cause instanceof Error ? cause.message : String(cause)), error);
  }
}
