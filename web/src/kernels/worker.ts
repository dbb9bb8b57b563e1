/** Climbs the ladder of bench/matmul in a worker of the page: the same rungs, the same checks, the same clock. */
import { climb } from '../../../bench/matmul/ladder/climb.ts';
import { usualPatience } from '../../../bench/matmul/ladder/measure.ts';
import { ladder } from '../../../bench/matmul/rungs.ts';
import { borrowThreads } from '../../../src/engine/wasm/threads/borrow-threads.ts';
import { version } from '../../../src/version.ts';
import type { Climb, ClimbEvent } from './messages.ts';

borrowThreads(self);

const tell = (event: ClimbEvent): void => postMessage(event);

addEventListener('message', ({ data }: MessageEvent<Climb>) => {
  climb(ladder, {
    ...data,
    conditions: {
      machine: { browser: navigator.userAgent, cores: navigator.hardwareConcurrency, weft: version },
      // a page cannot know what else the machine does
      otherWork: { busyCores: 0, delay: 1 },
    },
    patience: { ...usualPatience, warmUp: 0.1, total: 0.3, longest: 1 },
    onMeasure: ({ name }, size) => tell({ kind: 'measuring', rung: name, size }),
    onRung: (result) => tell({ kind: 'rung', result }),
  }).then(
    (result) => tell({ kind: 'done', result }),
    (error: unknown) => tell({ kind: 'failed', message: (error as Error).message }),
  );
});
