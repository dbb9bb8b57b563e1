import { distance } from 'fastest-levenshtein';

/** The candidate that differs from `word` in fewest letters, if these are at most a third of the word. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lettersOff = (candidate: string): number => distance(candidate.toLowerCase(), word.toLowerCase());
  const nearest = candidates.toSorted((a, b) => lettersOff(a) - lettersOff(b))[0];
  return nearest !== undefined && lettersOff(nearest) <= word.length / 3 ? nearest : undefined;
}

/** `did you mean dense? ` where a candidate is close to the word; else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const nearest = closest(word, candidates);
  return nearest === undefined ? '' : `did you mean ${nearest}? `;
}
