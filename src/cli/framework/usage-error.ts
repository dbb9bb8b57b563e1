/** A mistake in what was typed: one line, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
