import type { PixelStatistics } from '../../data/statistics.ts';
import type { DuplicateFindings, EdaFindings, LabelExample } from './findings.ts';
import type { CaptionedPicture, EdaPictures } from './pictures.ts';
import { count } from '../format.ts';
import { dataUri, escapeHtml, htmlPage } from '../html/page.ts';

/** The findings and pictures as one HTML page that loads nothing. @param mark a comment in the page */
export function edaPage(findings: EdaFindings, pictures: EdaPictures, mark: string): string {
  const { name, remarks, train } = findings;
  const [, height, width] = train.images as [number, number, number];
  const body = `<!-- ${mark} -->
<p>${escapeHtml(summary(findings))}</p>
${remarks.length > 0 ? list(remarks) : ''}
<h2>The first training images</h2>
<div class="figures small">${pictures.first.map(figure).join('\n')}</div>
<h2>Examples of each class</h2>
${classTable(findings)}
<h2>Images of each class</h2>
<p>The first ten of the training images.</p>
<div class="figures" style="grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr))">${pictures.classes.map(figure).join('\n')}</div>
<h2>The mean image of each class</h2>
<p>The mean of all training images of the class, ${height}×${width} pixels. Where it is sharp, the images are alike.</p>
<div class="figures small">${pictures.means.map(figure).join('\n')}</div>
<h2>Pixels</h2>
<p>As bytes, from 0 (black) to 255; in brackets on the scale of training, from 0 to 1.</p>
${pixelTable(findings)}
<h2>A label, one-hot encoded</h2>
<p>The first training label, ${findings.oneHot.label} (${escapeHtml(labelName(findings, findings.oneHot.label))}), as a row with a
number for each class:</p>
<pre>${oneHotText(findings.oneHot)}</pre>
<h2>Images that occur twice</h2>
<p>Images are compared byte by byte. A test image that is also a training image makes the test too easy. If the same image
has two labels, only one of them can be right.</p>
${duplicateTable(findings)}
<h2>Files</h2>
<div class="scroll"><table class="text"><caption>SHA-256</caption>
${Object.entries(findings.checksums)
  .map(([file, sum]) => `<tr><th scope="row">${escapeHtml(file)}</th><td><code>${sum}</code></td></tr>`)
  .join('\n')}
</table></div>`;
  return htmlPage({ title: `A look at ${name}`, body });
}

/** A sentence that describes the data set. */
export function summary({ train, test, classNames }: EdaFindings): string {
  const [, height, width, channels] = train.images as [number, number, number, number];
  return (
    `${count(train.images[0]!)} training and ${count(test.images[0]!)} test images of ${height}×${width} pixels, ` +
    `${channels === 1 ? 'grey' : 'in colour'}, in ${classNames.length} classes.`
  );
}

/** The zeros and the one; for many classes only the position of the one. */
export function oneHotText({ label, encoded }: LabelExample): string {
  if (encoded.length <= 30) return `[${encoded.join(', ')}]`;
  return `${encoded.length} numbers: 1 at position ${label}, counted from 0, and 0 everywhere else`;
}

/** The kinds of duplicates and their names, in the order in which they are shown. */
export const duplicateKinds: readonly (readonly [keyof EdaFindings['duplicates'], string])[] = [
  ['train', 'training images that equal an earlier one'],
  ['test', 'test images that equal an earlier one'],
  ['across', 'test images that equal a training image'],
];

function figure({ png, caption, description }: CaptionedPicture): string {
  return (
    `<figure><img class="pixels" style="width: 100%" alt="${escapeHtml(description)}" src="${dataUri(png)}">` +
    `<figcaption>${escapeHtml(caption)}</figcaption></figure>`
  );
}

function classTable({ classNames, train, test }: EdaFindings): string {
  const most = Math.max(...train.classCounts);
  const rows = classNames.map((name, label) => {
    const share = (100 * train.classCounts[label]!) / most;
    const bar = `<div style="width: ${share.toFixed(1)}%; height: 0.8rem; background: var(--first)"></div>`;
    return (
      `<tr><th scope="row">${name === `${label}` ? label : `${label} ${escapeHtml(name)}`}</th><td>${count(train.classCounts[label]!)}</td>` +
      `<td style="width: 20%; min-width: 2.5rem; vertical-align: middle">${bar}</td>` +
      `<td>${count(test.classCounts[label]!)}</td></tr>`
    );
  });
  return `<div class="scroll"><table>
<tr><th scope="col">class</th><th scope="col">training</th><td></td><th scope="col">test</th></tr>
${rows.join('\n')}
</table></div>`;
}

function pixelTable({ train, test }: EdaFindings): string {
  const colours = ['red', 'green', 'blue'];
  const rows = [['training', train] as const, ['test', test] as const].flatMap(
    ([part, { pixels, channels }]) => [
      pixelRow(part, pixels),
      ...channels.map((statistics, c) => pixelRow(`${part}, ${colours[c]!}`, statistics)),
    ],
  );
  return `<div class="scroll"><table>
<tr>${['images', 'mean', 'standard deviation', 'min', 'max', 'zeros'].map((head) => `<th scope="col">${head}</th>`).join('')}</tr>
${rows.join('\n')}
</table></div>`;
}

function pixelRow(
  what: string,
  { mean, standardDeviation, minimum, maximum, zeroShare }: PixelStatistics,
): string {
  const both = (value: number): string => `${value.toFixed(2)} (${(value / 255).toFixed(4)})`;
  const cells = [both(mean), both(standardDeviation), minimum, maximum, `${(100 * zeroShare).toFixed(2)} %`];
  return `<tr><th scope="row">${what}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function duplicateTable(findings: EdaFindings): string {
  const rows = duplicateKinds.map(([kind, words]) => {
    const found = findings.duplicates[kind];
    return `<tr><th scope="row">${words}</th><td>${count(found.count)}</td><td>${count(found.differentLabels)}</td></tr>`;
  });
  const details = duplicateKinds
    .filter(([kind]) => findings.duplicates[kind].count > 0)
    .map(([kind, words]) => duplicateDetails(findings, kind, words));
  return `<div class="scroll"><table>
<tr><td></td><th scope="col">in all</th><th scope="col">with another label</th></tr>
${rows.join('\n')}
</table></div>
${details.join('\n')}`;
}

function duplicateDetails(
  findings: EdaFindings,
  kind: keyof EdaFindings['duplicates'],
  words: string,
): string {
  const { count: all, examples }: DuplicateFindings = findings.duplicates[kind];
  const [part, originalPart] = kind === 'across' ? ['test', 'training'] : [partName(kind), partName(kind)];
  const lines = examples.map(
    ({ position, label, original, originalLabel }) =>
      `${part} image ${position} (${labelName(findings, label)}) equals ${originalPart} image ${original} ` +
      `(${labelName(findings, originalLabel)})`,
  );
  const which = examples.length < all ? `${examples.length} of the ${count(all)}` : 'The';
  return `<details><summary>${which} ${words}, counted from 0</summary>${list(lines)}</details>`;
}

function partName(kind: 'train' | 'test'): string {
  return kind === 'train' ? 'training' : 'test';
}

function labelName({ classNames }: EdaFindings, label: number): string {
  return classNames[label]!;
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}
