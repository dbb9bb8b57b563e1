/** A mistake on the command line. It ends the command with one line on stderr and exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
