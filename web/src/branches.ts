import type { BranchFacts } from '../../src/session.ts';

/** The curves of a branch, with those of the steps that it has in common with the one that it leaves. */
export function withParents(
  facts: BranchFacts,
  branches: readonly BranchFacts[],
): Pick<BranchFacts, 'curve' | 'validation'> {
  const { fork } = facts;
  const parent = fork && branches.find(({ id }) => id === fork.branch);
  if (!parent) return facts;
  const before = withParents(parent, branches);
  const isBefore = ({ step }: { readonly step: number }): boolean => step <= fork.step;
  return {
    curve: [...before.curve.filter(isBefore), ...facts.curve],
    validation: [...before.validation.filter(isBefore), ...facts.validation],
  };
}
