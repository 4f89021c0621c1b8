// Looks at a file before the system's loader does: a foreign, truncated or stale addon must be refused in words, and code
// in it must not run.

/** e_machine of ELF by Node's name of the processor family */
const elfMachines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
/** cputype of Mach-O */
const machMachines: Readonly<Record<string, number>> = { x64: 0x01000007, arm64: 0x0100000c };

const elfMagic = 0x7f454c46;
const machMagic = 0xfeedfacf;
/** bytes of an ELF file header, which is longer than Mach-O's */
const headerBytes = 64;

/**
 * What keeps this process from loading the file, in words, or null.
 * @param mark what a build of the present addon holds somewhere
 */
export function refusalOf(bytes: Uint8Array, mark: string, architecture: string = process.arch): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes) return `is truncated to ${bytes.length} bytes`;
  const isElf = view.getUint32(0) === elfMagic;
  const isMach = view.getUint32(0, true) === machMagic;
  if (!isElf && !isMach) return "is no shared object of a 64-bit system";
  if (isElf !== (process.platform !== "darwin")) return "is for another system";
  const machine = isElf ? view.getUint16(18, true) : view.getUint32(4, true);
  if (machine !== (isElf ? elfMachines : machMachines)[architecture]) return `is not for ${architecture}`;
  // the table of sections is the last thing in the file
  const end = isElf ? Number(view.getBigUint64(40, true)) + view.getUint16(58, true) * view.getUint16(60, true) : 0;
  if (bytes.length < end) return `is truncated to ${bytes.length} of ${end} bytes`;
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(mark)) {
    return "was built for another version of Tatami";
  }
  return null;
}
