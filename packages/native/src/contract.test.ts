// The native backend does what every backend must, with every instruction set this processor has, whether programs run at
// once or beside the event loop.
import { runContract, runEdges, runVectorMath } from "tatamijs/backend/contract";
import { describe, it } from "vitest";
import { NativeBackend } from "./backend.ts";
import { nativeStatus } from "./status.ts";

const { available, isas, reason } = nativeStatus();

if (!available) describe("contract: native", () => it.skip(`every instruction set (${reason})`, () => {}));

for (const isa of isas) {
  const create = (): NativeBackend => NativeBackend.create({ isa, longest: Infinity });
  runContract(`native ${isa}`, create);
  runEdges(`native ${isa}`, create);
  runVectorMath(`native ${isa}`, create);
}
if (available) runContract("native beside the event loop", () => NativeBackend.create({ longest: 0 }), { runs: 5 });
