import { UsageError } from '../framework/usage-error.ts';

/** A person looks at no more than this at once. */
const maxPositions = 1000;

/** For yargs `coerce`: a list of positions and ranges. `0-8,15` is 0, 1, … 8, 15. */
export function positions(option: string): (text: string) => number[] {
  return (text) =>
    text.split(',').reduce<number[]>((list, part) => {
      const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim()) ?? [];
      if (first === undefined || Number(last) < Number(first)) {
        throw new UsageError(`--${option}: expected positions such as 3 or 0-8,15, got "${text}"`);
      }
      const count = Number(last) - Number(first) + 1;
      if (list.length + count > maxPositions) {
        throw new UsageError(`--${option}: at most ${maxPositions} positions at once, got "${text}"`);
      }
      return [...list, ...Array.from({ length: count }, (_, i) => Number(first) + i)];
    }, []);
}
