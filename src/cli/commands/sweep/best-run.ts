import type { Decisions } from '../../../sweep/decisions.ts';
import { isBetter, type Sweep, type JobResult } from '../../../sweep/sweep.ts';

/** Of the best trial, the run with the best score. Null if there is no trial with a result. */
export function bestRun({ metric }: Sweep, decisions: Decisions): JobResult | null {
  const [best] = decisions.ranking();
  if (best === undefined) return null;
  const runs = decisions.results.filter(({ trial, rung }) => trial === best.trial && rung === best.rung);
  return runs.reduce((a, b) => (isBetter(metric, b.score!, a.score!) ? b : a));
}
