/** Parts of the generated tables. */
import { type Conditions, type Machine, otherWorkWarning } from '../measure/machine.ts';

export type Cell = string | number;

/** A table. The first `words` columns are text, aligned left; all others are figures, aligned right. */
export function markdownTable(
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  words: number,
): string {
  const rule = head.map((_, column) => (column < words ? '---' : '--:'));
  const escape = (cell: Cell): string => String(cell).replaceAll('|', String.raw`\|`);
  return [head, rule, ...rows].map((cells) => `| ${cells.map(escape).join(' | ')} |`).join('\n');
}

/** `AMD EPYC, 2 cores, linux x64, Node 26.10.0, V8 14.6` */
export function machineText({ cpu, cores, platform, node, v8 }: Machine): string {
  return `${cpu}, ${cores} cores, ${platform}, Node ${node}, V8 ${v8}`;
}

/** The line below a table: the machine, and the work of other processes. */
export function measuredOn({ machine, otherWork }: Conditions): string {
  const warning = otherWorkWarning(otherWork);
  const others = `other work when it began: ${otherWork.busyCores.toFixed(2)} cores`;
  return `Measured on: ${machineText(machine)}; ${warning ?? others}.`;
}

/** `2.04 (1.41 – 2.23)`: large numbers have fewer decimals. */
export function withRange(value: number, [low, high]: readonly [number, number]): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} (${low.toFixed(digits)} – ${high.toFixed(digits)})`;
}
