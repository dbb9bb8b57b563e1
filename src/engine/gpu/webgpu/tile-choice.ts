import { candidatesFor } from '../wgsl/candidates.ts';
import type { MatmulSize } from '../wgsl/matmul.ts';
import { type Tile, tileName } from '../wgsl/tile.ts';
import type { Call } from './call.ts';
import type { TileChoice } from './plan/rule.ts';
import type { CallTimer } from './call-timer.ts';

/** Another tile must be faster by this factor, so that noise does not decide. */
const clearly = 1.05;

/** A product that needs a tile. */
interface Request {
  readonly size: MatmulSize;
  readonly lower: (tile: Tile) => readonly Call[];
}

/**
 * Chooses the tile of each product: by a rule, or the candidate that is fastest on the device. Each product is measured
 * once, on buffers of its own, and its tile is kept.
 */
export class TileChooser {
  readonly #rule: (size: MatmulSize) => Tile;
  readonly #timer: CallTimer | null;
  readonly #chosen = new Map<string, Tile>();
  readonly #requests = new Map<string, Request>();

  /** @param timer null if the rule alone chooses */
  constructor(rule: (size: MatmulSize) => Tile, timer: CallTimer | null) {
    this.#rule = rule;
    this.#timer = timer;
  }

  /** For planning. A product that was not measured yet gets the rule's tile, and is measured by the next `measure`. */
  readonly tileFor: TileChoice = (key, size, lower) => {
    const tile = this.#chosen.get(key);
    if (tile !== undefined) return tile;
    this.#requests.set(key, { size, lower });
    return this.#rule(size);
  };

  /** The products that were measured, each with the name of its tile. */
  get measured(): ReadonlyMap<string, string> {
    return new Map([...this.#chosen].map(([key, tile]) => [key, tileName(tile)]));
  }

  /** Measures the products that are new. @returns whether there were any, so that another plan would differ */
  async measure(): Promise<boolean> {
    const requests = [...this.#requests];
    this.#requests.clear();
    if (this.#timer === null || requests.length === 0) return false;
    const candidates = requests.map(([, { size, lower }]) =>
      candidatesFor(size).map((tile) => ({ tile, calls: lower(tile) })),
    );
    await this.#timer.prepare(candidates.flat().flatMap(({ calls }) => calls));
    for (const [index, [key]] of requests.entries()) {
      const seconds: number[] = [];
      for (const { calls } of candidates[index]!) seconds.push(await this.#timer.time(calls));
      const least = Math.min(...seconds);
      const best = least * clearly < seconds[0]! ? seconds.indexOf(least) : 0;
      this.#chosen.set(key, candidates[index]![best]!.tile);
    }
    this.#timer.free();
    return true;
  }
}
