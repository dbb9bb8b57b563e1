import type { Dice } from './dice.ts';

/** A reader of files, with what makes files for it that are nearly good. */
export interface ReaderCase {
  readonly name: string;
  readonly make: (dice: Dice) => Uint8Array;
  /**
   * Returns if the bytes are accepted.
   *
   * @param folder an empty folder of its own, for readers of files
   * @throws what the reader throws
   */
  readonly read: (bytes: Uint8Array, folder: string) => void;
}
