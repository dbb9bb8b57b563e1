import { RandomStream } from '../../src/tensor/random.ts';

/** Points of a plane and the arm of the spiral, 0, 1 or 2, that each one lies on. */
export interface Points {
  readonly x: readonly (readonly [number, number])[];
  readonly y: readonly number[];
}

/** 600 points on three arms in a random order, as in examples/spiral.ts. Another seed gives other points of the same arms. */
export function spiral(seed: number): Points {
  const random = new RandomStream(seed, 'points');
  const y = Array.from({ length: 600 }, (_, i) => i % 3);
  const x = y.map((arm, i) => {
    const radius = random.uniform(2 * i);
    const angle = 2 * Math.PI * (arm / 3 + 0.7 * radius) + 0.4 * (random.uniform(2 * i + 1) - 0.5);
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
  return { x, y };
}
