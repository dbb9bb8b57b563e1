/**
 * Statements that add up what the threads of a workgroup left in shared memory: the upper half of the rows is added to
 * the lower half, again and again, until one row is left. The order is fixed, so that the sums are the same in every
 * run. Of an odd number of rows the one in the middle waits.
 *
 *     rows 0 1 2 3 4   →   0+3 1+4 2   →   0+3+2 1+4   →   0+3+2+1+4
 *
 * Thread `thread` has shared[thread], of row thread / columns. Barriers stand before each step and after the last.
 */
export function addRowsOfWorkgroup(shared: readonly string[], rows: number, columns: number): string {
  const lines = ['workgroupBarrier();'];
  for (let left = rows; left > 1; left = Math.ceil(left / 2)) {
    const half = Math.ceil(left / 2);
    const additions = shared.map((array) => `${array}[thread] += ${array}[thread + ${half * columns}u];`);
    lines.push(`if (thread < ${(left - half) * columns}u) { ${additions.join(' ')} }`, 'workgroupBarrier();');
  }
  return lines.join('\n  ');
}
