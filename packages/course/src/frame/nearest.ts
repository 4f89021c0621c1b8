// Names a user may have meant.

/**
 * How many letters must be changed, added, left out or swapped with their neighbour to get from a to b (optimal string
 * alignment distance).
 */
export function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  for (let j = 1; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2][j - 2] + 1 : changed;
      rows[i][j] = Math.min(changed, swapped, rows[i - 1][j] + 1, rows[i][j - 1] + 1);
    }
  }
  return rows[a.length][b.length];
}

/** The one of `names` that is closest, the first of equals; those with a word that begins with `name` go before others. */
export function nearest(name: string, names: readonly string[]): string {
  const begin = name.toLowerCase();
  const begun = names.filter((other) => begin.length > 2 && wordsOf(other).some((word) => word.startsWith(begin)));
  const candidates = begun.length > 0 ? begun : names;
  const distances = candidates.map((candidate) => editDistance(begin, candidate.toLowerCase()));
  return candidates[distances.indexOf(Math.min(...distances))];
}

function wordsOf(name: string): string[] {
  return name.toLowerCase().split(/[^a-z0-9]+/);
}
