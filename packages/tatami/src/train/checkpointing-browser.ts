// What stands for checkpointing.ts in a bundle for browsers, where there are no folders. package.json's "browser" says so.
import { OptionError } from "../shape/errors.ts";
import type { Checkpointing as NodeCheckpointing } from "./checkpointing.ts";

export const Checkpointing: Pick<typeof NodeCheckpointing, "open"> = {
  open: ({ directory }) => {
    const message = `fit: checkpoints are written under Node only, got ${directory} in a browser, expected no checkpoint`;
    return Promise.reject(new OptionError(message, "checkpoint", directory));
  },
};
