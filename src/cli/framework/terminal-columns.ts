/** The width that a command may fill. */
export type Width = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/**
 * The columns of a stream's terminal. Where there is no terminal, text may have any width, unless the variable `COLUMNS`
 * says otherwise.
 */
export function terminalColumns({ isTTY, columns }: Width = process.stdout): number {
  // a terminal that does not know its width says 0
  return isTTY ? columns || 80 : Number(process.env['COLUMNS']) || Infinity;
}
