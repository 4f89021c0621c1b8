// Where links lead: of a folder that was named only what lies in it is read.
import { realPathWithin } from "tatamijs/formats";
import type { ImageFault } from "./image.ts";

/**
 * The path that `path` stands for.
 * @param root a folder's real path
 * @param missing what is said where there is nothing
 * @throws DataError where a link leads out of `root`, or there is nothing
 */
export async function pathWithin(
  root: string,
  path: string,
  fault: ImageFault,
  missing = "has a link to nothing",
): Promise<string> {
  const expected = "files and folders within";
  const { real, isWithin } = await realPathWithin(root, path).catch((cause: Error) => {
    throw fault(missing, path, expected, cause);
  });
  if (!isWithin) throw fault("has a link that leads out", `${path} to ${real}`, expected);
  return real;
}
