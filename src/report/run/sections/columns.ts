import type { TableSettings } from '../../../run/config.ts';
import { shortNumber } from '../../format.ts';
import { htmlTable, paragraph, section } from '../../html/parts.ts';

/** More categories are counted. */
const shownCategories = 12;

/** What the network sees of a table. */
export function columnsSection({ columns, target, task }: TableSettings): string {
  const rows = columns.map((column) => {
    if (column.kind === 'number') return [column.name, 'number', `mean ${shortNumber(column.mean)}`];
    const { name, categories } = column;
    const more = categories.length > shownCategories ? `, … (${categories.length})` : '';
    return [name, 'category', `${categories.slice(0, shownCategories).join(', ')}${more}`];
  });
  return section(
    'Columns',
    [
      paragraph(
        `The network learns the column ${target} (${task}) from these. Means and categories are those of the training rows.`,
      ),
      htmlTable({ caption: 'Columns', head: ['column', 'is a', 'training rows'], rows, textColumns: 3 }),
    ].join('\n'),
  );
}
