// Names a user may have meant, refused with the one that is nearest.
import { nearest } from "tatamijs-course/frame";
import { UsageError } from "./usage-error.ts";

/**
 * `name` if it is one of `names`.
 * @param kind what it names, such as "net"
 * @throws UsageError that suggests the nearest
 */
export function known<Name extends string>(kind: string, name: string, names: readonly Name[]): Name {
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `unknown ${kind} "${name}", did you mean ${nearest(name, names)}? (expected one of ${names.join(", ")})`,
  );
}
