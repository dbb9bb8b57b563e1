import type { RunConfiguration } from '../../../run/config.ts';
import { htmlTable, section } from '../../html/parts.ts';

export function settingsSection(configuration: RunConfiguration): string {
  return section(
    'Settings',
    htmlTable({
      caption: 'The settings of the run',
      head: ['setting', 'value'],
      rows: settingRows(configuration),
      textColumns: 2,
    }),
  );
}

/** Settings that the page shows elsewhere, or that nobody reads. */
const hidden: readonly string[] = [
  'layers',
  'class names',
  'input shape',
  'dataset checksums',
  'table columns',
];

/** Settings as rows of a table. The name of a setting inside another one begins with that one's: `engine threads`. */
export function settingRows(settings: Readonly<Record<string, unknown>>, prefix = ''): string[][] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = `${prefix}${words(key)}`;
    if (hidden.includes(name)) return [];
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup ? settingRows(value as Record<string, unknown>, `${name} `) : [[name, text(value)]];
  });
}

/** `batchSize` and `batch-size` become `batch size`. */
function words(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
}

function text(value: unknown): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
