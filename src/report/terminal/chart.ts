/** A Braille character is a grid of dots, two wide and four high. These are the bits of its dots, [row][column]. */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const braille = 0x2800;

export interface TerminalChartOptions {
  /** Two numbers or more, rising by a constant factor or step. */
  readonly x: readonly number[];
  /** A number for each x. */
  readonly y: readonly number[];
  /** Size of the area with the line, in characters. */
  readonly width?: number;
  readonly height?: number;
}

/** A line chart in text. On the left are the largest and smallest y, below the first and last x. */
export function terminalChart({ x, y, width = 60, height = 12 }: TerminalChartOptions): string {
  const [low, high] = [Math.min(...y), Math.max(...y)];
  const span = high - low || 1;
  const [columns, rows] = [2 * width, 4 * height];
  const rowAt = (column: number): number => {
    const place = (column / (columns - 1)) * (y.length - 1);
    const [before, after] = [y[Math.floor(place)]!, y[Math.ceil(place)]!];
    const value = before + (after - before) * (place % 1);
    return Math.round((1 - (value - low) / span) * (rows - 1));
  };
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => 0));
  for (let column = 0; column < columns; column++) {
    const [row, next] = [rowAt(column), rowAt(Math.min(column + 1, columns - 1))];
    // on a steep line, the column is filled up to the next point
    for (let dot = Math.min(row, next + 1); dot <= Math.max(row, next - 1); dot++) {
      cells[Math.floor(dot / 4)]![Math.floor(column / 2)]! |= bits[dot % 4]![column % 2]!;
    }
  }
  const labels = [high, low].map((value) => value.toFixed(2));
  const margin = Math.max(...labels.map((label) => label.length));
  const lines = cells.map((line, index) => {
    const label = index === 0 ? labels[0]! : index === height - 1 ? labels[1]! : '';
    return `${label.padStart(margin)} ┤${String.fromCodePoint(...line.map((cell) => braille + cell))}`;
  });
  const [first, last] = [x[0]!, x.at(-1)!].map((value) => String(Number(value.toPrecision(2)))) as [
    string,
    string,
  ];
  const axis = `${' '.repeat(margin)} └${'─'.repeat(width)}`;
  return [...lines, axis, `${' '.repeat(margin + 2)}${first}${last.padStart(width - first.length)}`].join(
    '\n',
  );
}
