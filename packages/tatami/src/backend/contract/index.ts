// The suites every backend passes, for backends outside this package. They need vitest and fast-check.
export { type ContractOptions, runContract, type Skip } from "./contract.ts";
export { runEdges } from "./edges.ts";
export { runVectorMath } from "./vector-math.ts";
