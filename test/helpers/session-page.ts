/** Commands for the session of a page (test/fixtures/session-page.ts). */
import { hexSha256 } from '../../src/data/shards/sha256.ts';
import type { Configuration } from '../../src/session/messages.ts';
import { counts, description, driven, piece, weightsOf } from './session.ts';

export const sessionConfiguration: Configuration = {
  network: [
    { type: 'conv2d', filters: 8, padding: 'same' },
    { type: 'batch_norm' },
    { type: 'relu' },
    { type: 'flatten' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense', units: 3 },
  ],
  settings: { batchSize: 32, learningRate: 0.01, augment: { flip: true } },
  watch: [0, 1],
};

export type Ask = <T>(name: string, given?: object) => Promise<T>;

/** Gives commands in a page. Arrays of bytes stay such on their way. */
export function askedIn(evaluate: (expression: string) => Promise<unknown>): Ask {
  return <T>(name: string, given?: object) => {
    const text = JSON.stringify(given ?? null, (_, value: unknown) =>
      value instanceof Uint8Array ? { bytes: [...value] } : value,
    );
    const revived = `JSON.parse(${JSON.stringify(text)}, (_, value) => value?.bytes ? Uint8Array.from(value.bytes) : value)`;
    const argument = given === undefined ? 'undefined' : revived;
    return evaluate(`ask(${JSON.stringify(name)}, ${argument})`) as Promise<T>;
  };
}

export async function giveData(ask: Ask): Promise<void> {
  await ask('describe', description);
  for (const part of Object.keys(counts) as (keyof typeof counts)[]) await ask('give', piece(part));
}

/** SHA-256 of the weights of a session in Node after so many steps. */
export async function expectedWeights(steps: number): Promise<string> {
  const { session } = await driven();
  await session.handle('configure', { ...sessionConfiguration, engine: 'wasm', threads: 1 });
  await session.handle('step', { count: steps });
  const bytes = await weightsOf(session);
  await session.handle('close', undefined);
  return hexSha256(Uint8Array.from(bytes));
}
