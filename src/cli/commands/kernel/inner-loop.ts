/**
 * The loop of a printed function that does most of the work: of the loops without a loop inside, the one with most
 * instructions on vectors.
 *
 * @param text a function as `ModuleBuilder.print` writes it: what is inside of a block is indented
 * @returns its lines, without their common indentation; null if there is no loop
 */
export function innerLoop(text: string): string | null {
  const lines = text.split('\n');
  const loops = lines.flatMap((line, index) => {
    if (line.trim() !== 'loop') return [];
    const depth = depthOf(line);
    const length = lines.slice(index + 1).findIndex((inner) => depthOf(inner) <= depth);
    const body = lines.slice(index + 1, length < 0 ? undefined : index + 1 + length);
    if (body.some((inner) => inner.trim() === 'loop')) return [];
    return [{ block: [line, ...body].map((inner) => inner.slice(depth)), work: body.filter(isWork).length }];
  });
  return loops.toSorted((a, b) => b.work - a.work)[0]?.block.join('\n') ?? null;
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isWork(line: string): boolean {
  return /^\s*(?:f32x4|f64x2|i32x4|v128)\./.test(line);
}
