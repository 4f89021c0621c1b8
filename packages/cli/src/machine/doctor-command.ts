// `tatami doctor`: what this machine has for Tatami, and what to do about what is missing.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { terminalOf } from "../drawing/terminal.ts";
import { surveyBackends } from "./doctor-backends.ts";
import { packageVersion, surveyData } from "./doctor-data.ts";
import { type Diagnosis, doctorReport, type PackageFinding } from "./doctor-report.ts";
import { describeMachine } from "./machine.ts";

export interface DoctorOptions {
  json?: boolean;
}

/** @returns the exit code: 0 unless no backend runs */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const output = terminalOf(process.stdout);
  const diagnosis: Diagnosis = {
    machine: describeMachine(),
    ...(await surveyBackends()),
    compiler: await findCompiler(),
    data: await surveyData(),
    packages: surveyPackages(),
  };
  output.write(options.json ? `${JSON.stringify(diagnosis)}\n` : doctorReport(diagnosis, output));
  return diagnosis.auto === null ? 1 : 0;
}

function surveyPackages(): PackageFinding[] {
  const prebuilt = `tatamijs-native-${process.platform}-${process.arch}`;
  return [
    { name: "tatamijs-native", version: packageVersion("tatamijs-native"), purpose: "the native backend" },
    { name: prebuilt, version: packageVersion(prebuilt), purpose: "its kernels where there is no C compiler" },
  ];
}

/** The first C compiler that answers, as it names itself. */
async function findCompiler(): Promise<string | null> {
  for (const command of [process.env.CC, "cc", "gcc", "clang"]) {
    if (!command) continue;
    try {
      const { stdout } = await promisify(execFile)(command, ["--version"], { timeout: 5000 });
      return stdout.split("\n")[0];
    } catch {
      // the next one
    }
  }
  return null;
}
