import { firstMismatch, isObject, isOneOf, isText } from '../../../run/expected.ts';
import type { Announcement } from '../../../sweep/queue/announcements.ts';
import { metricNames } from '../../../sweep/sweep.ts';
import { visible } from '../../../visible.ts';
import { checkOptions } from '../../options/check-options.ts';
import { withRecipe } from '../../options/preset.ts';
import { placeIn } from '../sweep/sweep-options.ts';
import { readTrainingData } from '../train/setup.ts';

/** A sweep that a worker may do runs of. */
export type ServedSweep = Announcement;

/** @returns null for what is no announcement: anybody who reaches the server may have written it */
export function checkAnnouncement(text: string): ServedSweep | null {
  try {
    const value = JSON.parse(text) as ServedSweep;
    const mismatch = firstMismatch(value, {
      id: (id) => isText(id) && /^[\w-]{1,64}$/.test(id),
      title: isText,
      code: isText,
      dataset: { name: isText, checksums: isObject },
      options: isObject,
      metric: isOneOf(metricNames),
    });
    if (mismatch !== null) return null;
    checkOptions(value.options, 'a sweep');
    return placeIn(value.options) === undefined ? { ...value, title: visible(value.title) } : null;
  } catch {
    return null;
  }
}

/** Why a worker cannot do the runs of a sweep; null if it can. */
export function reasonToLeave(
  { code, dataset, options }: ServedSweep,
  here: { readonly code: string; readonly data: string | undefined },
): string | null {
  if (code !== here.code) return `it is of weft ${code}, and this is ${here.code}`;
  const { model: _, ...others } = options;
  try {
    const own = readTrainingData(
      withRecipe({ ...others, ...(here.data !== undefined && { data: here.data }), quiet: true }),
    ).dataset;
    const files = Object.keys({ ...dataset.checksums, ...own.checksums });
    const other = files.find((file) => dataset.checksums[file] !== own.checksums[file]);
    if (other === undefined) return null;
    return `its data are ${dataset.name}, and these are ${own.name}: ${other} differs (--data says where they are here)`;
  } catch (error) {
    return `its data, ${dataset.name}, cannot be read here: ${(error as Error).message}`;
  }
}
