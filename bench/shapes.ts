/** One product C [m, n] = A [m, k] · B [k, n] as the benchmark measures it. */
export interface MatmulShape {
  /** Where it occurs. */
  readonly use: string;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const batch = 64;
const mlpSizes = [784, 32, 64, 128, 128, 10] as const;

/** The 14 products of one training step of the MLP: forward, dW, and dx but for the images. */
export const mlpShapes: readonly MatmulShape[] = mlpSizes.slice(1).flatMap((units, index) => {
  const fanIn = mlpSizes[index]!;
  const layer = `dense_${index + 1}`;
  const plain = { transposeA: false, transposeB: false };
  return [
    { use: `${layer} forward`, m: batch, k: fanIn, n: units, ...plain },
    { use: `${layer} dW`, m: fanIn, k: batch, n: units, ...plain, transposeA: true },
    ...(index > 0 ? [{ use: `${layer} dx`, m: batch, k: units, n: fanIn, ...plain, transposeB: true }] : []),
  ];
});

export function squareShape(size: number): MatmulShape {
  return { use: `square ${size}`, m: size, k: size, n: size, transposeA: false, transposeB: false };
}
