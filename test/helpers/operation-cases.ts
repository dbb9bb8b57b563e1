/**
 * The one list of operations that every engine is held against: each case records one operation on small tensors of
 * awkward shapes. The list is what a new engine has to compute; run-cases.ts runs it.
 */
import type { OperationCase } from './operation-cases/case.ts';
import { elementLossCases, elementLossSpeedCases } from './operation-cases/element-losses.ts';
import { elementwiseCases, elementwiseSpeedCases } from './operation-cases/elementwise.ts';
import {
  exampleCases,
  exampleSpeedCases,
  updateCases,
  updateSpeedCases,
} from './operation-cases/examples-and-updates.ts';
import { fusedCases } from './operation-cases/fused.ts';
import { normalizationCases, normalizationSpeedCases } from './operation-cases/normalization.ts';
import { poolCases, poolSpeedCases } from './operation-cases/pools.ts';
import { productCases, productSpeedCases } from './operation-cases/products.ts';
import { reductionCases, reductionSpeedCases } from './operation-cases/reductions.ts';

export const operationCases: readonly OperationCase[] = [
  ...exampleCases,
  ...productCases,
  ...elementwiseCases,
  ...elementLossCases,
  ...poolCases,
  ...normalizationCases,
  ...reductionCases,
  ...updateCases,
  ...fusedCases,
];

/** The same operations in the sizes that networks have: for speed, on request. */
export const speedCases: readonly OperationCase[] = [
  ...exampleSpeedCases,
  ...productSpeedCases,
  ...elementwiseSpeedCases,
  ...elementLossSpeedCases,
  ...poolSpeedCases,
  ...normalizationSpeedCases,
  ...reductionSpeedCases,
  ...updateSpeedCases,
];
