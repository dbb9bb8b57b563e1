import type { JSX } from 'preact';
import {
  change,
  configure,
  facts,
  isRunning,
  pause,
  position,
  run,
  seek,
  state,
  stepEpoch,
  stepOnce,
} from '../store.ts';

const speeds: readonly (readonly [label: string, speed: number | null])[] = [
  ['1 step/s', 1],
  ['5 steps/s', 5],
  ['25 steps/s', 25],
  ['full speed', null],
];

/** Train, pause, one step, one epoch, back to any step, again from the start. */
export function RunBar(): JSX.Element {
  const at = position.value;
  const isReady = facts.value !== null;
  const running = isRunning.value;
  const { speed, seed } = state.value;
  return (
    <section class="run-bar" aria-label="Run">
      <button type="button" class="main" disabled={!isReady} onClick={() => void (running ? pause() : run())}>
        {running ? 'Pause' : 'Train'}
      </button>
      <button type="button" disabled={!isReady || running} onClick={() => void stepOnce()}>
        One step
      </button>
      <button type="button" disabled={!isReady || running} onClick={() => void stepEpoch()}>
        One epoch
      </button>
      <label>
        Speed{' '}
        <select
          value={String(speed)}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            void change({ speed: chosen === 'null' ? null : Number(chosen) });
            if (isRunning.value) void pause().then(run);
          }}
        >
          {speeds.map(([label, value]) => (
            <option key={label} value={String(value)}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="button" disabled={!isReady} onClick={() => void configure()}>
        Reset
      </button>
      <button type="button" disabled={!isReady} onClick={() => void change({ seed: seed + 1 })}>
        New seed
      </button>
      <label class="slider">
        <span>
          Step {at?.step ?? 0} of {at?.end ?? 0}, epoch {at?.epoch ?? 0}
          {at && at.branch > 1 ? `, branch ${at.branch}` : ''}
        </span>
        <input
          type="range"
          min={0}
          max={Math.max(at?.end ?? 0, 1)}
          value={at?.step ?? 0}
          disabled={!isReady || !at || at.end === 0}
          aria-valuetext={`step ${at?.step ?? 0} of ${at?.end ?? 0}`}
          onInput={(event) => void seek(Number(event.currentTarget.value), at?.branch)}
        />
      </label>
    </section>
  );
}
