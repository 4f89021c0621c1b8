// Where text goes: its width, whether a person is looking, and colours where they are wanted.
import type { WriteStream } from "node:tty";
import pc from "picocolors";

export interface Terminal {
  /** characters in a line */
  readonly columns: number;
  /** whether it is a terminal, which lines can be redrawn on */
  readonly interactive: boolean;
  readonly colors: Colors;
  write(text: string): void;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** No colours off a terminal or with NO_COLOR; at most 100 columns, because longer lines are hard to read. */
export function terminalOf(stream: WriteStream): Terminal {
  const interactive = stream.isTTY === true;
  return {
    columns: Math.min(stream.columns || 80, 100),
    interactive,
    colors: pc.createColors(interactive && pc.isColorSupported),
    write: (text) => void stream.write(text),
  };
}
