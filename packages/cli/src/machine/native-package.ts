// The optional package with the native backend: imported where it is wanted, and never a reason to fail.
import type { NativeStatus } from "tatamijs-native";

export interface NativePackage {
  /** null where the package itself is missing or broken */
  readonly status: NativeStatus | null;
  /** one line for people: why native cannot be used; null where it can */
  readonly reason: string | null;
}

/** Makes "native" known to the library where the package is installed and its addon runs here. */
export async function importNative(): Promise<NativePackage> {
  try {
    const { nativeStatus } = await import("tatamijs-native/register");
    const status = nativeStatus();
    return { status, reason: status.reason };
  } catch (error) {
    return { status: null, reason: importFailure(error as NodeJS.ErrnoException) };
  }
}

function importFailure({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ERR_MODULE_NOT_FOUND" && message.includes("tatamijs-native")) {
    return "native: the package is missing, got no tatamijs-native, expected it beside tatamijs (`npm install tatamijs-native`)";
  }
  return `native: the package cannot be imported, got ${message.split("\n")[0]}, expected the tatamijs-native of this version`;
}
