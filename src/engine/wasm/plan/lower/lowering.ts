import type { Storage } from '../../../../tensor/tensor.ts';
import type { Copies } from '../copies.ts';
import type { Target } from '../../kernels/kernel.ts';

/** What the lowering of every operation of a program may need to know. */
export interface Lowering {
  readonly target: Target;
  readonly threads: number;
  readonly copies: Copies;
  /** What gradients of filters will be computed from: the images of convolutions. */
  readonly filterGradientsOf: ReadonlySet<Storage>;
}
