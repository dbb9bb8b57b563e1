import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Nudge, UnitSum } from '../../../src/session.ts';
import { short } from '../format.ts';
import { ask, chosen, unit } from '../store.ts';

const mostTerms = 12;
const nudged = signal<Nudge | null>(null);

/** One unit in numbers, forward and backward. */
export function UnitNumbers(): JSX.Element {
  const sum = unit.value;
  return (
    <section aria-labelledby="unit-title">
      <h2 id="unit-title">One unit in numbers</h2>
      {sum === null ? (
        <p class="quiet">
          Choose a unit of a dense layer or a convolution above: click it, or press its “numbers”.
        </p>
      ) : (
        <Numbers sum={sum} />
      )}
    </section>
  );
}

function Numbers({ sum }: { readonly sum: UnitSum }): JSX.Element {
  const { layer, terms, bias, output, gradient } = sum;
  const largest = terms.toSorted((a, b) => Math.abs(b.input * b.weight) - Math.abs(a.input * a.weight));
  return (
    <>
      <h3>
        {layer} [{sum.unit.join(', ')}]
      </h3>
      <p class="formula">
        y = Σ input · weight + bias = {short(sum.sum - bias)} + {short(bias)} ={' '}
        <strong>{short(output)}</strong>
      </p>
      <p class="formula">
        ∂loss/∂y = {short(gradient)}, so ∂loss/∂weight = input · {short(gradient)}
      </p>
      <SourceLine kind={sum.unit.length === 1 ? 'dense' : 'conv2d'} />
      <div class="scroll">
        <table>
          <caption>
            The {Math.min(mostTerms, terms.length)} largest of {terms.length} products
          </caption>
          <thead>
            <tr>
              <th scope="col">input at</th>
              <th scope="col">input</th>
              <th scope="col">weight</th>
              <th scope="col">product</th>
              <th scope="col">∂loss/∂weight here</th>
              <th scope="col">a nudge</th>
            </tr>
          </thead>
          <tbody>
            {largest.slice(0, mostTerms).map(({ at, input, weight, weightIndex }) => (
              <tr key={weightIndex}>
                <td>[{at.join(', ')}]</td>
                <td>{short(input)}</td>
                <td>{short(weight)}</td>
                <td>{short(input * weight)}</td>
                <td>{short(input * gradient)}</td>
                <td>
                  <button type="button" onClick={() => void tryNudge(`${layer}/kernel`, weightIndex)}>
                    nudge
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {nudged.value && <NudgeLine nudge={nudged.value} />}
    </>
  );
}

/** The sources of the layers, fetched when a unit is looked at. */
const sources = import.meta.glob<string>('../../../src/layers/{dense,conv2d}.ts', {
  query: '?raw',
  import: 'default',
});

/** The line of the source that computes the sum. */
function SourceLine({ kind }: { readonly kind: 'dense' | 'conv2d' }): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => void sources[`../../../src/layers/${kind}.ts`]!().then(setText), [kind]);
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes('ops.addBias('));
  return (
    <p class="quiet">
      <code>
        src/layers/{kind}.ts{at < 0 ? '' : `:${at + 1}`}
      </code>
      : <code>{lines[at]?.trim()}</code>
    </p>
  );
}

async function tryNudge(tensor: string, index: number): Promise<void> {
  nudged.value = await ask('nudge', { part: 'validation', position: chosen.value, tensor, index });
}

/** A derivative beside what a small change does. */
function NudgeLine({ nudge }: { readonly nudge: Nudge }): JSX.Element {
  const { tensor, index, value, change, lossAbove, lossBelow, difference, derivative } = nudge;
  return (
    <p class="formula" role="status">
      {tensor}[{index}] = {short(value)}. With {change} more the loss is {lossAbove.toPrecision(9)}, with as
      much less {lossBelow.toPrecision(9)}: a slope of <strong>{difference.toPrecision(6)}</strong>. The
      backward pass, over all places where this weight is used, says{' '}
      <strong>{derivative.toPrecision(6)}</strong>.
    </p>
  );
}
