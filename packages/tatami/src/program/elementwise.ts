// The elementwise functions a backend knows: the instructions of the `fused` kernel and the activations of matmul and
// conv2d. The position in the list is the opcode; the C header is generated from it. Formulas stand in ops/elementwise.ts.

/** Two to four functions in one instruction of `fused`: what is between them stays in registers. Only the compiler makes them. */
const compoundTable = {
  /** a · b + c */
  mulAdd: 3,
  /** a · b + c · d */
  twoProducts: 4,
  /** a − b · c */
  subProduct: 3,
  /** (a + b) · c */
  addMul: 3,
  /** (a − b) · c */
  subMul: 3,
  /** (a · b) · c */
  mulMul: 3,
  /** (a > b) · c */
  greaterMul: 3,
  /** a · b + c² · d */
  productAndSquare: 4,
  /** a − b / c · d */
  subQuotient: 4,
  /** √a · b + c */
  rootMulAdd: 3,
  /** (√a + b) · c */
  rootAddMul: 3,
} as const;

/** name → number of operands. leakyRelu(x, slope), elu(x, alpha), clip(x, low, high), where(mask, a, b). */
export const elementwiseTable = {
  identity: 1,
  negate: 1,
  abs: 1,
  sign: 1,
  exp: 1,
  expm1: 1,
  log: 1,
  log1p: 1,
  sqrt: 1,
  rsqrt: 1,
  square: 1,
  reciprocal: 1,
  erf: 1,
  relu: 1,
  gelu: 1,
  silu: 1,
  sigmoid: 1,
  tanh: 1,
  softplus: 1,
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  pow: 2,
  maximum: 2,
  minimum: 2,
  equal: 2,
  notEqual: 2,
  less: 2,
  lessEqual: 2,
  greater: 2,
  greaterEqual: 2,
  leakyRelu: 2,
  elu: 2,
  where: 3,
  clip: 3,
  ...compoundTable,
} as const;

export type ElementwiseName = keyof typeof elementwiseTable;

export const elementwiseNames: readonly ElementwiseName[] = Object.keys(elementwiseTable) as ElementwiseName[];

export function isCompound(name: ElementwiseName): boolean {
  return Object.hasOwn(compoundTable, name);
}

export function isElementwise(name: string): name is ElementwiseName {
  return Object.hasOwn(elementwiseTable, name);
}

/** The number a backend knows the function by. */
export function opcode(name: ElementwiseName): number {
  return elementwiseNames.indexOf(name);
}

/**
 * Words of one instruction in `fused.code`: opcode, target register, then four operand registers (the first again where unused).
 * Registers: first the inputs, then the constants, then the temporaries.
 */
export const instructionWords = 6;

/** The most registers one fused call may name: inputs, constants and temporaries together. */
export const maximumRegisters = 32;
