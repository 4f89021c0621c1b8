// The contract suite, for backends outside this package. Needs vitest and fast-check.
export { type ContractOptions, runContract, type Skip } from "./contract.ts";
