import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { LayerDescription } from '../../../src/layers/layer.ts';
import type { Settings } from '../../../src/session.ts';
import { change, changeSettings, chosenSettings, state, tell } from '../store.ts';

const networks: readonly (readonly [name: string, label: string])[] = [
  ['mlp', 'dense: 32, 64, 128, 128, 10'],
  ['mlp-norm', 'dense, normalized: 256, 128, 10'],
  ['cnn', 'convolutions: 32, 64, 128, then 128, 10'],
  ['cnn-norm', 'the same, normalized'],
  ['cnn-residual', 'residual: 48, 96, 192'],
];
const rates = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const batchSizes = [1, 8, 32, 64, 128, 256, 512];
const shares = [0, 0.1, 0.2, 0.3, 0.5, 0.7];
const decays = [0, 0.0001, 0.001, 0.01, 0.02, 0.1];

const edited = signal<string | null>(null);

/** What is trained, and how. Settings change while it trains. */
export function Recipe(): JSX.Element {
  const now = chosenSettings.value;
  const set = (changes: Partial<Settings>): void => void changeSettings(changes);
  const setAugment = (changes: Settings['augment']): void =>
    set({ augment: { ...chosenSettings.value.augment, ...changes } });
  return (
    <section aria-labelledby="recipe-title">
      <h2 id="recipe-title">Recipe</h2>
      <div class="fields">
        <label>
          Network (a new run)
          <select
            value={state.value.layers ? 'own' : state.value.network}
            onChange={(event) => void change({ network: event.currentTarget.value, layers: null })}
          >
            {networks.map(([name, label]) => (
              <option key={name} value={name}>
                {name}: {label}
              </option>
            ))}
            {state.value.layers && <option value="own">your own</option>}
          </select>
        </label>
        <label>
          Computed by (a new run)
          <select
            value={state.value.engine}
            onChange={(event) => void change({ engine: event.currentTarget.value as 'auto' })}
          >
            <option value="auto">the processor</option>
            <option value="gpu">the GPU</option>
            <option value="reference">plain loops, slowly</option>
          </select>
        </label>
        <Choice
          label="Learning rate"
          values={rates}
          value={now.learningRate}
          onChoose={(learningRate) => set({ learningRate })}
        />
        <Choice
          label="Batch size"
          values={batchSizes}
          value={now.batchSize}
          onChoose={(batchSize) => set({ batchSize })}
        />
        <label>
          Optimizer
          <select
            value={now.optimizer}
            onChange={(event) => set({ optimizer: event.currentTarget.value as Settings['optimizer'] })}
          >
            <option value="adam">Adam</option>
            <option value="sgd">SGD</option>
          </select>
        </label>
        {now.optimizer === 'sgd' && (
          <Choice
            label="Momentum"
            values={[0, 0.5, 0.9, 0.95]}
            value={now.momentum}
            onChoose={(momentum) => set({ momentum })}
          />
        )}
        <Choice
          label="Weight decay"
          values={decays}
          value={now.weightDecay}
          onChoose={(weightDecay) => set({ weightDecay })}
        />
        <Choice
          label="Label smoothing"
          values={[0, 0.05, 0.1, 0.2]}
          value={now.labelSmoothing}
          onChoose={(labelSmoothing) => set({ labelSmoothing })}
        />
        <Choice
          label="Dropout, where the network has it"
          values={shares}
          value={now.dropout ?? 0}
          onChoose={(dropout) => set({ dropout })}
        />
        <Choice
          label="Move images by up to"
          values={[0, 1, 2, 4]}
          value={now.augment.shift ?? 0}
          onChoose={(shift) => setAugment({ shift })}
        />
        <Choice
          label="Erase a rectangle of"
          values={shares}
          value={now.augment.erase ?? 0}
          onChoose={(erase) => setAugment({ erase, cutout: 0 })}
        />
        <Choice
          label="Black square, pixels a side"
          values={[0, 4, 8, 12]}
          value={now.augment.cutout ?? 0}
          onChoose={(cutout) => setAugment({ cutout, erase: 0 })}
        />
        <Check
          label="Mirror images"
          isOn={now.augment.flip ?? false}
          onChange={(flip) => setAugment({ flip })}
        />
        <Check
          label="Where an image was moved, show it reflected"
          isOn={now.augment.fill === 'reflect'}
          onChange={(isOn) => setAugment({ fill: isOn ? 'reflect' : 'zeros' })}
        />
      </div>
      <LayerEditor />
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly values: readonly number[];
  readonly value: number;
  readonly onChoose: (value: number) => void;
}

function Choice({ label, values, value, onChoose }: ChoiceProps): JSX.Element {
  const all = values.includes(value) ? values : [...values, value].toSorted((a, b) => a - b);
  return (
    <label>
      {label}
      <select value={String(value)} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {all.map((one) => (
          <option key={one} value={String(one)}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CheckProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

function Check({ label, isOn, onChange }: CheckProps): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />{' '}
      {label}
    </label>
  );
}

const example = `[
  { "type": "conv2d", "filters": 16, "padding": "same" },
  { "type": "relu" },
  { "type": "max_pool2d" },
  { "type": "flatten" },
  { "type": "dropout", "rate": 0.3 },
  { "type": "dense", "units": 10 }
]`;

/** A network of one's own, in the form of a model file. */
function LayerEditor(): JSX.Element {
  const text = edited.value ?? (state.value.layers ? JSON.stringify(state.value.layers, null, 2) : example);
  const use = (): void => {
    let layers: unknown;
    try {
      layers = JSON.parse(text);
    } catch (error) {
      tell(`the layers are not JSON: ${(error as Error).message}`);
      return;
    }
    void change({ layers: layers as LayerDescription[] });
  };
  return (
    <details>
      <summary>Your own layers</summary>
      <label>
        A list of layers, as a model file has it
        <textarea
          rows={10}
          spellcheck={false}
          value={text}
          onInput={(event) => (edited.value = event.currentTarget.value)}
        />
      </label>
      <button type="button" onClick={use}>
        Train this network
      </button>
    </details>
  );
}
