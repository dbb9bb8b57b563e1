/** Sessions on small images. */
import type { Commands, SessionEvent } from '../../src/session/messages.ts';
import { Session } from '../../src/session/session.ts';
import { RandomStream } from '../../src/tensor/random.ts';

export const counts = { train: 120, validation: 30, test: 20 } as const;
const imageShape = [5, 6, 1] as const;

export const description: Commands['describe']['given'] = {
  name: 'small images',
  classNames: ['left', 'right', 'both'],
  imageShape,
  counts,
};

/** Images that are bright on one side or on both, with noise; some labels are wrong. */
export function piece(
  part: 'train' | 'validation' | 'test',
  first = 0,
  count: number = counts[part] - first,
): Commands['give']['given'] {
  const random = new RandomStream(7, part);
  const [height, width] = imageShape;
  const labels = Uint8Array.from({ length: count }, (_, i) => (first + i) % 3);
  const images = Uint8Array.from({ length: count * height * width }, (_, index) => {
    const [image, column] = [Math.floor(index / (height * width)), index % width];
    const isRight = column >= width / 2;
    const isBright = labels[image] === 2 || isRight === (labels[image] === 1);
    return random.uniform(first * height * width + index) * 150 + (isBright ? 60 : 0);
  });
  return { part, first, images, labels };
}

export interface Driven {
  readonly session: Session;
  readonly events: SessionEvent[];
  /** The events of a kind, in order. */
  readonly of: <K extends SessionEvent['kind']>(kind: K) => Extract<SessionEvent, { kind: K }>[];
}

/** A session that has all examples. */
export async function driven(): Promise<Driven> {
  const events: SessionEvent[] = [];
  const session = new Session((event) => events.push(event));
  await session.handle('describe', description);
  for (const part of ['train', 'validation', 'test'] as const) await session.handle('give', piece(part));
  return {
    session,
    events,
    of: (kind) => events.filter((event): event is never => event.kind === kind),
  };
}

/** The weights of a session, as the bytes of a file. */
export async function weightsOf(session: Session): Promise<Buffer> {
  return Buffer.from((await session.handle('export', { kind: 'safetensors' })).bytes);
}
