// Where the command starts: reads the arguments, runs the command, and turns what goes wrong into one line and an exit
// code: 2 when the command line is at fault, 1 for everything else.
import { readFileSync } from "node:fs";
import { type Command, CommanderError } from "commander";
import { nearest } from "tatamijs-course/frame";
import { UsageError } from "./command/usage-error.ts";
import { commandLine } from "./command-line.ts";

/** @param argv as process.argv */
export async function run(argv: readonly string[]): Promise<void> {
  // a reader that has seen enough, such as head, is no failure
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const program = commandLine(packageVersion(), (exitCode) => {
    process.exitCode = exitCode;
  });
  for (const command of withSubcommands(program)) {
    command
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError(false)
      .exitOverride((error) => {
        throw error.exitCode === 0 ? error : usageErrorOf(error, command);
      });
  }
  try {
    if (argv.length <= 2) program.outputHelp();
    else await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return;
    report(error, argv.includes("--debug"));
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return version;
}

/** Commander's complaint with the name that was probably meant. */
function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const message = error.message.replace(/^error: /, "");
  const meant = (name: string | undefined, names: readonly string[]): UsageError =>
    new UsageError(`${message}, did you mean ${nearest(name ?? "", names)}?`);
  const [, name] = /'([^']*)'/.exec(message) ?? [];
  if (error.code === "commander.unknownOption") {
    return meant(name, [...command.options.flatMap(({ long }) => long ?? []), "--help"]);
  }
  if (error.code === "commander.unknownCommand")
    return meant(
      name,
      command.commands.map((known) => known.name()),
    );
  return new UsageError(message);
}

function report(error: unknown, debug: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`tatami: ${message.replaceAll(/\s*\n\s*/g, " ")}`);
  if (debug && error instanceof Error) console.error(error.stack, error.cause ?? "");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
