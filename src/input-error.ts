import { oneLine } from './visible.ts';

/**
 * Something from outside is wrong: a file, a picture, an option. Its message may quote it, so that it is made one line of at
 * most 300 characters, with control characters visible.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}
