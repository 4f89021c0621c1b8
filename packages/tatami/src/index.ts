// Everything a user needs from one import. Subpaths (tatamijs/nn, tatamijs/optim, …) give the same names by area.
import "./devices.ts";

export * from "./autodiff/index.ts";
export * from "./ops/index.ts";
export * from "./shape/index.ts";
export * from "./tensor/index.ts";
