// The public names of checkpoint/: what a run needs to go on, in a folder. `fit` writes and reads them by itself.
/** @module tatamijs/checkpoint */
export { CheckpointFolder, type CheckpointFolderOptions, type NewCheckpoint } from "./folder.ts";
export type { Json, JsonObject } from "./json.ts";
export { expectUnlocked, isLocked } from "./lock.ts";
export { type Checkpoint, listCheckpoints, type ReadCheckpointOptions, readCheckpoint } from "./read.ts";
