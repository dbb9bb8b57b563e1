import type { JSX } from 'preact';
import type { BranchFacts } from '../../../src/session.ts';
import { percent } from '../format.ts';
import { branches, earlier, isRunning, position, seek } from '../store.ts';

/** What was tried, beside each other. */
export function Runs(): JSX.Element {
  const at = position.value;
  return (
    <section aria-labelledby="runs-title">
      <h2 id="runs-title">What was tried</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col" class="text">
                run
              </th>
              <th scope="col">steps</th>
              <th scope="col" class="text">
                settings at its end
              </th>
              <th scope="col">best validation</th>
              <th scope="col">
                <span class="hidden">where to look</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {branches.value.map((facts) => (
              <Row
                key={facts.id}
                mark={String(facts.id)}
                name={facts.id === 1 ? 'this run' : `branch ${facts.id}, from step ${facts.fork!.step}`}
                facts={facts}
              >
                {facts.id === at?.branch ? (
                  'shown'
                ) : (
                  <button
                    type="button"
                    disabled={isRunning.value}
                    onClick={() => void seek(facts.end, facts.id)}
                  >
                    show
                  </button>
                )}
              </Row>
            ))}
            {earlier.value.map((run) => (
              <Row key={run.mark} mark={run.mark} name={run.name} facts={run}>
                before
              </Row>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Change a setting in the past, and a branch begins there; both stay. The validation curves of the
        others are dashed, with their mark at the end.
      </p>
    </section>
  );
}

interface RowProps {
  readonly mark: string;
  readonly name: string;
  readonly facts: Pick<BranchFacts, 'end' | 'segments' | 'validation'>;
  readonly children: JSX.Element | string;
}

function Row({ mark, name, facts, children }: RowProps): JSX.Element {
  const { settings } = facts.segments.at(-1)!;
  const best = Math.max(...facts.validation.map(({ accuracy }) => accuracy));
  const { learningRate, batchSize, optimizer, weightDecay, augment } = settings;
  const more = [
    weightDecay > 0 ? `decay ${weightDecay}` : '',
    ...Object.entries(augment)
      .filter(([, value]) => value && value !== 'zeros')
      .map(([kind, value]) => (value === true ? kind : `${kind} ${String(value)}`)),
  ].filter((text) => text !== '');
  return (
    <tr>
      <td class="text">
        <strong>{mark}</strong> {name}
      </td>
      <td>{facts.end}</td>
      <td class="text">{[`${optimizer} ${learningRate}`, `batch ${batchSize}`, ...more].join(', ')}</td>
      <td>{Number.isFinite(best) ? percent(best) : '–'}</td>
      <td>{children}</td>
    </tr>
  );
}
