/**
 * Statements that add up what the threads of a workgroup have put into shared memory, [rows, columns] with a number for
 * each thread. The rows of the second half are added to those of the first, until one row is left. The order is fixed,
 * so that the sums are the same in every run.
 *
 *     rows 0 1 2 3   →   0+2 1+3   →   0+2+1+3
 *
 * @param memory names of the arrays
 * @param rows a power of two
 */
export function addRowsOfWorkgroup(memory: readonly string[], rows: number, columns: number): string {
  const lines = ['workgroupBarrier();'];
  for (let half = rows / 2; half >= 1; half /= 2) {
    lines.push(
      `if (thread < ${half * columns}u) {`,
      ...memory.map((array) => `${array}[thread] += ${array}[thread + ${half * columns}u];`),
      '}',
      'workgroupBarrier();',
    );
  }
  return lines.join('\n');
}
