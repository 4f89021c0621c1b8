// A command line that cannot be carried out as it stands: the user has to type something else.

export class UsageError extends Error {
  override readonly name = "UsageError";
}
