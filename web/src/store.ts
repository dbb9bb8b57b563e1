/** What the page knows: signals that the views read, filled by the session. Nothing about learning is computed here. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type {
  BranchFacts,
  Commands,
  Configuration,
  KernelText,
  PartEvaluation,
  Position,
  RunFacts,
  SessionEvent,
  Settings,
  ShownImages,
  UnitSum,
  XRay,
} from '../../src/session.ts';
import { defaultSettings, startSession } from '../../src/session.ts';
import { withParents } from './branches.ts';
import { defaultState, type PageState, readState, writeState } from './url-state.ts';

export const state: Signal<PageState> = signal(readState(location.hash));
export const stage: Signal<'loading' | 'ready' | 'failed'> = signal('loading');
/** What the page says of itself, the last line first. */
export const notices: Signal<readonly string[]> = signal([]);
export const facts: Signal<RunFacts | null> = signal(null);
export const position: Signal<Position | null> = signal(null);
export const isRunning: Signal<boolean> = signal(false);
export const imagesPerSecond: Signal<number | null> = signal(null);
export const settings: Signal<Settings> = signal(defaultSettings);
export const branches: Signal<readonly BranchFacts[]> = signal([]);
/** Runs of before, to compare with, the last one first. */
export const earlier: Signal<readonly EarlierRun[]> = signal([]);
export const available: Signal<{ readonly train: number; readonly all: number }> = signal({
  train: 0,
  all: 0,
});
export const classNames: ReadonlySignal<readonly string[]> = computed(() => facts.value?.classNames ?? []);
/** The garments that are guessed at: their images, and the probabilities of their classes [watched, classes]. */
export const garments: Signal<ShownImages | null> = signal(null);
export const guesses: Signal<Float32Array | null> = signal(null);
export const evaluation: Signal<PartEvaluation | null> = signal(null);
export const xRay: Signal<XRay | null> = signal(null);
/** The position of the image that is looked into, among the validation images. */
export const chosen: Signal<number> = signal(0);
export const unit: Signal<UnitSum | null> = signal(null);
/** The code of the layer that was asked for. */
export const kernel: Signal<KernelText | null> = signal(null);

/** A branch of a run of before, with the steps that it had in common with others. */
export interface EarlierRun extends Pick<BranchFacts, 'end' | 'segments' | 'curve' | 'validation'> {
  /** A letter, which marks its curve. */
  readonly mark: string;
  readonly name: string;
}

export const watched: readonly number[] = Array.from({ length: 20 }, (_, i) => i);
/** The live confusion matrix is of so many images: all of them when the run stops. */
const liveImages = 1000;
const mostEarlier = 5;
/** Milliseconds between two looks into the network while it trains; and the share of its time that they may take. */
const lookInterval = 200;
const lookShare = 0.2;

const { session } = startSession(onEvent);

export const branch: ReadonlySignal<BranchFacts | null> = computed(
  () => branches.value.find(({ id }) => id === position.value?.branch) ?? null,
);

/** Gives a command; what cannot be done is said. @returns null then */
export async function ask<Name extends keyof Commands>(
  name: Name,
  ...given: undefined extends Commands[Name]['given'] ? [] : [Commands[Name]['given']]
): Promise<Commands[Name]['back'] | null> {
  try {
    return await session.ask(name, ...given);
  } catch (error) {
    tell((error as Error).message);
    return null;
  }
}

export function tell(text: string): void {
  notices.value = [text, ...notices.value.filter((other) => other !== text)].slice(0, 4);
}

export function dismiss(text: string): void {
  notices.value = notices.value.filter((other) => other !== text);
}

/** The seed of the run that is shown. */
let runSeed = state.value.seed;
let begun: (() => void) | null = null;

/** Fetches the data, and begins a run as soon as the first images are there. */
export async function begin(): Promise<void> {
  const firstImages = new Promise<void>((resolve) => (begun = resolve));
  const loading = ask('load', { url: 'data/', parts: ['train', 'validation'] });
  await Promise.race([firstImages, loading]);
  if (available.value.train === 0) {
    stage.value = 'failed';
    return;
  }
  if (await configure()) return;
  // an address may ask for what cannot be, which was said
  state.value = { ...defaultState, hidden: state.value.hidden };
  if (!(await configure())) stage.value = 'failed';
}

/**
 * A run from its beginning, as the state of the page says. What was there is kept for comparison.
 *
 * @returns whether there is one
 */
export async function configure(): Promise<boolean> {
  const { network, layers, seed, engine } = state.value;
  const configuration: Configuration = {
    network: layers ?? network,
    seed,
    engine,
    settings: state.value.settings,
    watch: watched,
  };
  const made = await ask('configure', configuration);
  if (made === null) return false;
  keepRun();
  runSeed = seed;
  judgedAt = '';
  unitAsked = null;
  const shown = await ask('images', { part: 'validation', positions: watched });
  batch(() => {
    facts.value = made;
    settings.value = made.settings;
    garments.value = shown;
    unit.value = null;
    kernel.value = null;
    xRay.value = null;
    branches.value = [];
    stage.value = 'ready';
  });
  await look(true);
  return true;
}

let keptRuns = 0;

/** Of a run whose branches are known no more when the next one begins, those branches stay that have steps of their own. */
function keepRun(): void {
  const all = branches.value;
  const kept = all
    .filter(({ end, fork }) => end > (fork?.step ?? 0))
    .map((one): EarlierRun => {
      const name = `${facts.value?.network ?? 'run'}, seed ${runSeed}${all.length > 1 ? `, branch ${one.id}` : ''}`;
      const mark = String.fromCodePoint(65 + (keptRuns++ % 26));
      return { mark, name, end: one.end, segments: one.segments, ...withParents(one, all) };
    });
  earlier.value = [...kept.toReversed(), ...earlier.value].slice(0, mostEarlier);
}

/** Changes what the address of the page says; a new network, seed or engine begins a new run. */
export async function change(changes: Partial<PageState>): Promise<void> {
  state.value = { ...state.value, ...changes };
  history.replaceState(null, '', writeState(state.value));
  const begins = ['network', 'layers', 'seed', 'engine'].some((key) => key in changes);
  if (begins) await configure();
}

/** Changes of settings that the session has not answered yet. It makes them in their order. */
const pending: Signal<readonly Partial<Settings>[]> = signal([]);

/** The settings as they will be: what has been chosen is shown at once. */
export const chosenSettings: ReadonlySignal<Settings> = computed(() =>
  pending.value.reduce<Settings>((now, changes) => ({ ...now, ...changes }), settings.value),
);

/** Other settings from here on. */
export async function changeSettings(changes: Partial<Settings>): Promise<void> {
  pending.value = [...pending.value, changes];
  const moved = await ask('set', changes);
  batch(() => {
    pending.value = pending.value.filter((other) => other !== changes);
    if (moved === null) return;
    settings.value = { ...settings.value, ...changes };
    position.value = moved;
  });
  if (moved === null) return;
  await change({ settings: { ...state.value.settings, ...changes } });
  await look(true);
}

export async function run(): Promise<void> {
  isRunning.value = true;
  const { speed } = state.value;
  await ask('run', speed === null ? {} : { stepsPerSecond: speed });
  await stopped();
}

export async function pause(): Promise<void> {
  await ask('pause');
}

export async function stepOnce(): Promise<void> {
  await ask('step', { count: 1 });
  await stopped();
}

export async function stepEpoch(): Promise<void> {
  isRunning.value = true;
  await ask('epoch');
  await stopped();
}

let seeking = false;
let wanted: { readonly step: number; readonly branch?: number } | null = null;

/** Back to a step, or forward to one that was done. While one is on its way, only the last of those that follow counts. */
export async function seek(step: number, branchId?: number): Promise<void> {
  wanted = branchId === undefined ? { step } : { step, branch: branchId };
  if (seeking) return;
  seeking = true;
  while (wanted !== null) {
    const next = wanted;
    wanted = null;
    const reached = await ask('seek', next);
    if (reached) position.value = reached;
  }
  seeking = false;
  await stopped();
}

/** Which unit is looked at, so that its sum follows the run. */
let unitAsked: { readonly layer: string; readonly unit: readonly number[] } | null = null;

export async function chooseUnit(layer: string, at: readonly number[]): Promise<void> {
  unitAsked = { layer, unit: at };
  await look(true);
}

export async function chooseImage(at: number): Promise<void> {
  chosen.value = at;
  await look(true);
}

async function stopped(): Promise<void> {
  isRunning.value = false;
  imagesPerSecond.value = null;
  await look(true);
}

/** Where the network was when it was judged by all validation images. */
let judgedAt = '';

/** By some of the validation images while it trains, by all of them where it has stopped. */
async function judge(): Promise<PartEvaluation | null> {
  if (isRunning.value) return session.ask('evaluate', { part: 'validation', first: liveImages });
  const { branch: id, step } = position.value!;
  const at = `${id} ${step}`;
  if (at === judgedAt && evaluation.value?.isComplete) return evaluation.value;
  const judged = await session.ask('evaluate', { part: 'validation' });
  judgedAt = at;
  return judged;
}

let nextLook = 0;
let isLooking = false;
/** Whether something has happened during a look that has to be seen. */
let isOutdated = false;

/** Looks into the network: now and then while it trains, and always when it has stopped. */
async function look(isNeeded: boolean): Promise<void> {
  const start = performance.now();
  if (isLooking) isOutdated ||= isNeeded;
  if (facts.value === null || isLooking || (!isNeeded && start < nextLook)) return;
  isLooking = true;
  try {
    const seen = await session.ask('inspect', { part: 'validation', positions: [chosen.value] });
    const all = await session.ask('branches');
    const question = { part: 'validation', position: chosen.value } as const;
    const asked = unitAsked;
    const sum = asked ? await session.ask('unit', { ...question, ...asked }) : null;
    const judged = await judge();
    batch(() => {
      xRay.value = seen;
      branches.value = all;
      // another one may have been chosen meanwhile, which the next look shows
      if (asked === unitAsked) unit.value = sum;
      evaluation.value = judged;
    });
  } catch (error) {
    tell((error as Error).message);
  } finally {
    isLooking = false;
    nextLook = Math.max(start + lookInterval, start + (performance.now() - start) / lookShare);
  }
  if (!isOutdated) return;
  isOutdated = false;
  await look(true);
}

function onEvent(event: SessionEvent): void {
  switch (event.kind) {
    case 'progress':
      batch(() => {
        position.value = event.position;
        if (event.imagesPerSecond !== null) imagesPerSecond.value = event.imagesPerSecond;
      });
      if (event.isRunning) void look(false);
      return;
    case 'frame':
      guesses.value = event.probabilities;
      return;
    case 'data': {
      const { train, validation } = event.available;
      available.value = { train, all: event.counts.train };
      if (train > 0 && validation > 0) begun?.();
      return;
    }
    case 'notice':
      tell(event.text);
      return;
    case 'failed':
      tell(event.message);
      return;
    default:
  }
}
