import { InputError } from '../../input-error.ts';

/** A picture that cannot be read. The message names it and says why, in one line. */
export class ImageError extends InputError {
  override readonly name = 'ImageError';
}

/** Makes the error of one picture: `reason` follows its name and format. */
export type Damaged = (reason: string, cause?: unknown) => ImageError;

/** What a decoder threw, for people: its own words, but not the engine's about properties of undefined. */
export function reasonOf(error: unknown): string {
  const internal = error instanceof TypeError || error instanceof RangeError;
  return internal ? 'its parts contradict each other' : (error as Error).message;
}
