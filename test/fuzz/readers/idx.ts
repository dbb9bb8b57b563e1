import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readClassNames } from '../../../src/data/idx/class-names.ts';
import { readIdx } from '../../../src/data/idx/idx.ts';
import { idxBytes } from '../../helpers/idx-file.ts';
import type { Dice } from './dice.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { ReaderCase } from './reader-case.ts';

const whole = idxBytes(
  [5, 4, 3],
  Uint8Array.from({ length: 60 }, (_, i) => i),
);

/** The header changed, often, or anything. */
function mutateIdx(dice: Dice): Buffer {
  if (dice.chance(0.5)) return mutateBytes(whole, dice);
  return Buffer.concat([mutateBytes(whole.subarray(0, 16), dice), whole.subarray(16)]);
}

function idxCase(name: string, make: (dice: Dice) => Uint8Array): ReaderCase {
  return {
    name,
    make,
    read(bytes, folder) {
      const path = join(folder, 'images');
      writeFileSync(path, bytes);
      readIdx(path, 3, 'images');
    },
  };
}

export const idx: ReaderCase = idxCase('idx', mutateIdx);

export const gzippedIdx: ReaderCase = idxCase('idx.gz', (dice) => {
  if (dice.chance(0.4)) return mutateBytes(gzipSync(whole), dice);
  // a bomb now and then
  const inner = dice.chance(0.01) ? Buffer.concat([whole, Buffer.alloc(50_000_000)]) : mutateIdx(dice);
  const zipped = gzipSync(inner);
  return dice.chance(0.2) ? mutateBytes(zipped, dice) : zipped;
});

export const classNames: ReaderCase = {
  name: 'classes.txt',
  make: (dice) => mutateBytes(Buffer.from('T-shirt\nTrousers\nKäse\nBag\n'), dice),
  read(bytes, folder) {
    writeFileSync(join(folder, 'classes.txt'), bytes);
    readClassNames(folder);
  },
};
