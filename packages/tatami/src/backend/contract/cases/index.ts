// The cases of all kernels: a kernel of the table without an entry here is a type error.
import type { KernelName } from "../../../program/kernel-table.ts";
import type { ContractCases } from "../contract-case.ts";
import { columnsCases } from "./columns.ts";
import { convolutionCases } from "./convolution.ts";
import { elementwiseCases } from "./elementwise.ts";
import { guardCases } from "./guard.ts";
import { indexingCases } from "./indexing.ts";
import { matmulCases } from "./matmul.ts";
import { movementCases } from "./movement.ts";
import { poolingCases } from "./pooling.ts";
import { randomCases } from "./random.ts";
import { reductionCases } from "./reduction.ts";
import { softmaxCases } from "./softmax.ts";

export const contractCases: ContractCases<KernelName> = {
  ...elementwiseCases,
  ...movementCases,
  ...reductionCases,
  ...matmulCases,
  ...columnsCases,
  ...convolutionCases,
  ...poolingCases,
  ...indexingCases,
  ...softmaxCases,
  ...randomCases,
  ...guardCases,
};
