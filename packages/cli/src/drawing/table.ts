// Text in columns.

export type Alignment = "left" | "right";

/** Rows as lines, each column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string[] {
  const widths = alignments.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        alignments[column] === "right" ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
}

/**
 * The columns of a table in groups that are no wider than `columns`, the first column at the head of each.
 * @param columns characters in a line; a column that is wider alone stays whole
 */
export function columnGroups(rows: readonly (readonly string[])[], columns: number): number[][] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const groups: number[][] = [];
  let room = 0;
  for (const [column, width] of widths.entries()) {
    if (column === 0) continue;
    if (width + 2 > room || groups.length === 0) {
      groups.push([0]);
      room = columns - widths[0];
    }
    groups.at(-1)!.push(column);
    room -= width + 2;
  }
  return groups;
}

/** A name of at most so many letters: its middle goes first. */
export function shortened(name: string, length: number): string {
  const letters = [...name];
  if (letters.length <= length) return name;
  const kept = length - 1;
  return `${letters.slice(0, Math.ceil(kept / 2)).join("")}…${letters.slice(letters.length - Math.floor(kept / 2)).join("")}`;
}
