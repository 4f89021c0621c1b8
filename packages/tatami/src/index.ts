// Everything a user needs from one import, in the order one meets it. Areas with names of their own come as namespaces;
// subpaths (tatamijs/nn, tatamijs/optim, …) give the same by area.
/** @module tatamijs */
import "./devices.ts";

export * from "./tensor/index.ts";
export * from "./ops/index.ts";
export * from "./autodiff/index.ts";
export { availableThreads } from "./backend/threads.ts";
export { explain, type Precision } from "./compile/index.ts";
export type { PlacedRef, Program, Segment, Tiling } from "./program/program.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export * from "./data/index.ts";
export * from "./train/index.ts";
export * from "./model-file/index.ts";
export * from "./random/index.ts";
export * from "./shape/index.ts";
