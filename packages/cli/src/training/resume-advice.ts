// What a person types to go on from an earlier checkpoint.

/** How the command is told to go on from an earlier step. */
export function adviceFor(directory: string): (step: number) => string {
  return (step) =>
    `tatami train --resume ${/^[\w./-]+$/.test(directory) ? directory : `'${directory}'`} --from-step ${step}`;
}
