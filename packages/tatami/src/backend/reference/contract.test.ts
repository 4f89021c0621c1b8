import { runContract } from "../contract/contract.ts";
import { ReferenceBackend } from "./backend.ts";

runContract("reference", () => new ReferenceBackend());
