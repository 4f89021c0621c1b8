// Random calls of all kernels: a kernel of the table without an entry here is a type error.
import type { KernelName } from "../../../program/kernel-table.ts";
import type { ContractArbitraries } from "../contract-case.ts";
import { elementwiseArbitraries } from "./elementwise.ts";
import { matmulArbitraries } from "./matmul.ts";
import { movementArbitraries } from "./movement.ts";
import { rowArbitraries } from "./rows.ts";
import { windowArbitraries } from "./windows.ts";

export const contractArbitraries: ContractArbitraries<KernelName> = {
  ...elementwiseArbitraries,
  ...movementArbitraries,
  ...matmulArbitraries,
  ...windowArbitraries,
  ...rowArbitraries,
};
