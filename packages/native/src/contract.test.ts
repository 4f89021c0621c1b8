// The native backend does what every backend must, with every instruction set this processor has, whether programs run at
// once or beside the event loop.
import { runContract } from "tatamijs/backend/contract";
import { describe, it } from "vitest";
import { NativeBackend } from "./backend.ts";
import { nativeStatus } from "./status.ts";

const { available, isas, reason } = nativeStatus();

if (!available) describe("contract: native", () => it.skip(`every instruction set (${reason})`, () => {}));

for (const isa of isas) runContract(`native ${isa}`, () => NativeBackend.create({ isa, longest: Infinity }));
if (available) runContract("native beside the event loop", () => NativeBackend.create({ longest: 0 }), { runs: 5 });
