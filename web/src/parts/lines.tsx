import type { JSX } from 'preact';
import { available, dismiss, facts, imagesPerSecond, notices } from '../store.ts';
import { count } from '../../../src/report/format.ts';

/** What computes, and why; on how many images. */
export function EngineLine(): JSX.Element {
  const { train, all } = available.value;
  if (facts.value === null) {
    return (
      <p class="engine" role="status">
        {train === 0 ? 'The first images are on their way …' : `${count(train)} images are there …`}
      </p>
    );
  }
  const { engine, network, parameters } = facts.value;
  const speed = imagesPerSecond.value;
  return (
    <p class="engine">
      <strong>{network}</strong>, {count(parameters)} parameters, on {engine.description} ({engine.reason}).{' '}
      {train < all
        ? `On ${count(train)} of ${count(all)} images: the others are on their way. `
        : `On ${count(all)} images. `}
      <span class="speed">{speed === null ? '' : `${count(speed)} images/s`}</span>
    </p>
  );
}

export function Notices(): JSX.Element {
  return (
    <div class="notices" role="alert">
      {notices.value.map((text) => (
        <p key={text}>
          {text}{' '}
          <button type="button" onClick={() => dismiss(text)} aria-label={`Dismiss: ${text}`}>
            OK
          </button>
        </p>
      ))}
    </div>
  );
}
