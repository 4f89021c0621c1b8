// Which backends run on this machine, how fast they could be, and why the others do not.

import { type BackendChoice, chooseBackend } from "./backend-choice.ts";
import { peakOf } from "./bench-measurement.ts";
import { importNative } from "./native-package.ts";

export interface BackendFinding {
  readonly name: string;
  readonly works: boolean;
  /** why it does not; null where it does */
  readonly reason: string | null;
  /** what it is, in a few words */
  readonly kind: string;
  /** that it runs by itself; null where it does not run */
  readonly threads: number | null;
  /** multiply-adds in registers on all of these threads, 10⁹ FLOP a second; null where that is not measured */
  readonly peakGflops: number | null;
  readonly advice: string | null;
}

export interface NativeFinding {
  /** instruction sets this processor has kernels for, the fastest first */
  readonly isas: readonly string[];
  readonly isa: string | null;
  readonly compiler: string | null;
  readonly file: string | null;
}

export interface BackendSurvey {
  readonly backends: readonly BackendFinding[];
  /** what auto takes, and why; null where nothing runs */
  readonly auto: Pick<BackendChoice, "name" | "why"> | null;
  readonly native: NativeFinding;
}

export async function surveyBackends(): Promise<BackendSurvey> {
  const { status } = await importNative();
  const { isa = null, isas = [], compiler = null, file = null } = status ?? {};
  const backends = [
    await survey("native", isa === null ? "C kernels for this processor" : `C kernels for ${isa}`),
    await survey("wasm", "C kernels in WebAssembly SIMD"),
    await survey("reference", "plain TypeScript, to read"),
  ];
  const auto = backends.some(({ works }) => works)
    ? await chooseBackend({ backend: "auto", threads: undefined }).then(({ name, why }) => ({ name, why }))
    : null;
  return { backends, auto, native: { isa, isas, compiler, file } };
}

async function survey(name: "native" | "wasm" | "reference", kind: string): Promise<BackendFinding> {
  try {
    const { threads } = await chooseBackend({ backend: name, threads: undefined });
    const peak = await peakOf({ name, threads });
    const peakGflops = peak === null ? null : peak / 1e9;
    return { name, works: true, reason: null, kind, threads, peakGflops, advice: null };
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s*\n\s*/g, " ");
    return { name, works: false, reason, kind, threads: null, peakGflops: null, advice: adviceFor(name, reason) };
  }
}

function adviceFor(name: string, reason: string): string | null {
  if (name === "native") {
    if (process.env.TATAMI_ISA && reason.includes("instruction set")) return "unset TATAMI_ISA";
    return "install gcc or clang (Debian: apt-get install gcc libc6-dev) and run `npm run build`: about twice as fast";
  }
  return name === "wasm" ? "use Node 20 or newer with WebAssembly, from its own package" : null;
}
