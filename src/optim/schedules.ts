/** The learning rate as a multiple of the base rate, at step 1 … totalSteps. */
export type Schedule = (step: number, totalSteps: number) => number;

/** Always the base rate. */
export function constant(): Schedule {
  return () => 1;
}

/** Multiplies the rate by `factor` after each `1 / drops` of the run: by default it halves three times. */
export function stepDecay({ drops = 4, factor = 0.5 }: { drops?: number; factor?: number } = {}): Schedule {
  return (step, totalSteps) => factor ** Math.floor(((step - 1) * drops) / totalSteps);
}

/**
 * A linear warm-up over the share `warmup` of the run, then half a cosine wave down to 0: Loshchilov and
 * Hutter, "SGDR" (2017), eq. 5, without restarts.
 */
export function cosine({ warmup = 0 }: { warmup?: number } = {}): Schedule {
  return (step, totalSteps) => {
    const warmupSteps = Math.round(warmup * totalSteps);
    if (step <= warmupSteps) return step / warmupSteps;
    return glide(1, 0, progress(step, warmupSteps, totalSteps));
  };
}

/**
 * Up from 1/25 of the rate to the full rate over the share `peak` of the run, then down to 1e-4 of the start,
 * both along half a cosine wave: Smith and Topin, "Super-convergence" (2018), in the form of fastai. The momentum
 * stays as it is.
 */
export function oneCycle({ peak = 0.3 }: { peak?: number } = {}): Schedule {
  const start = 1 / 25;
  const end = start * 1e-4;
  return (step, totalSteps) => {
    const peakStep = Math.max(1, Math.round(peak * totalSteps));
    return step <= peakStep
      ? glide(start, 1, progress(step, 1, peakStep))
      : glide(1, end, progress(step, peakStep, totalSteps));
  };
}

/** From one value to another along half a cosine wave, at a share in [0, 1] of the way. */
function glide(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** The share of the way from one step to another that `step` has gone: 0 at the first, 1 at the last. */
function progress(step: number, first: number, last: number): number {
  return last === first ? 1 : (step - first) / (last - first);
}
