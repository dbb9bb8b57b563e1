import type { JSX } from 'preact';
import { Confusion } from './parts/confusion.tsx';
import { Curves } from './parts/curves.tsx';
import { Garments } from './parts/garments.tsx';
import { EngineLine, Notices } from './parts/lines.tsx';
import { LayerStrip } from './parts/layers.tsx';
import { Recipe } from './parts/recipe.tsx';
import { RunBar } from './parts/run-bar.tsx';
import { Runs } from './parts/runs.tsx';
import { TakeAlong } from './parts/take-along.tsx';
import { TryYourOwn } from './parts/try.tsx';
import { UnitNumbers } from './parts/unit.tsx';
import { facts, stage, state } from './store.ts';

/** The parts of the page, by the names with which an address hides them: `hide=try,recipe`. So are header and footer. */
const parts: readonly (readonly [name: string, view: () => JSX.Element])[] = [
  ['garments', Garments],
  ['curves', Curves],
  ['confusion', Confusion],
  ['layers', LayerStrip],
  ['unit', UnitNumbers],
  ['recipe', Recipe],
  ['try', TryYourOwn],
  ['runs', Runs],
  ['take', TakeAlong],
];

export function App(): JSX.Element {
  const isShown = (name: string): boolean => !state.value.hidden.includes(name);
  return (
    <>
      <header>
        {isShown('header') && (
          <>
            <h1>Watch a network learn</h1>
            <p class="quiet">
              A neural network learns to tell garments apart, here, in this page. Nothing leaves it. Train it,
              go back to any step, look inside, change it, try a picture of your own.{' '}
              <a href="learn/index.html">How it works</a>, and{' '}
              <a href="kernels/">how its products get fast, on your device</a>.
            </p>
          </>
        )}
        <EngineLine />
      </header>
      <Notices />
      <RunBar />
      <main>
        {stage.value === 'failed' && (
          <p role="alert">There is nothing to train on: the line above says why.</p>
        )}
        {facts.value !== null &&
          parts.filter(([name]) => isShown(name)).map(([name, View]) => <View key={name} />)}
      </main>
      {isShown('footer') && (
        <footer class="quiet">
          Fashion-MNIST by Zalando Research, MIT licence. The engine is weft: its source is made to be read.
        </footer>
      )}
    </>
  );
}
