/** The ladder as a picture, in SVG. */
import { scaleLog } from 'd3-scale';
import { line, symbol, symbolCircle, symbolDiamond } from 'd3-shape';
import { headlineSize, type LadderResult, type RungResult, speedOf, timesNaive } from './climb.ts';
import { families, type Rung } from './rung.ts';
import { figure } from './table.ts';

const rowHeight = 24;
const familyGap = 10;
const margin = { top: 64, right: 150, bottom: 46, left: 330 };
const plotWidth = 520;
const colours: Readonly<Record<Rung['family'], string>> = {
  TypeScript: '#2f6db5',
  WebAssembly: '#7a3fb8',
  'gpu.js': '#b8531f',
};
const [ink, faint] = ['#222222', '#6b6b6b'];

/**
 * A row for each rung with a speed, and a dot where the speed is. The axis is logarithmic: every rung multiplies the
 * speed, and equal factors are equal steps to the right. Such an axis has no zero, so there are dots and no bars,
 * whose lengths would mean nothing.
 */
export function ladderFigure(result: LadderResult): string {
  const size = headlineSize(result);
  const rungs = result.rungs.filter((rung) => speedOf(rung, size) !== undefined);
  const speeds = rungs.map((rung) => speedOf(rung, size)!);
  const peaks = peakLines(result);
  const all = [...speeds, ...peaks.map(({ gflops }) => gflops)];
  const x = scaleLog()
    .domain([10 ** Math.floor(Math.log10(Math.min(...all))), 1.15 * Math.max(...all)])
    .range([0, plotWidth]);
  const rows = rungs.map((rung, index) => {
    const familiesBefore = families.filter((family) =>
      rungs.slice(0, index + 1).some((other) => other.family === family),
    ).length;
    return { rung, y: (index + 0.5) * rowHeight + familiesBefore * familyGap };
  });
  const height = (rows.at(-1)?.y ?? 0) + rowHeight;
  const decades = x.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  const title = `Products of ${size} × ${size} matrices, GFLOP/s (each step to the right on the scale multiplies)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${margin.left + plotWidth + margin.right} ${
      margin.top + height + margin.bottom
    }" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    `<title>${escape(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(16, 26, title, `fill="${ink}" font-size="15"`),
    `<g transform="translate(${margin.left} ${margin.top})">`,
    ...decades.flatMap((tick) => [
      `<path d="M${round(x(tick))} 0V${height}" stroke="#dddddd"/>`,
      text(x(tick), height + 20, String(tick), `text-anchor="middle" fill="${faint}"`),
    ]),
    text(plotWidth / 2, height + 38, 'GFLOP/s', `text-anchor="middle" fill="${faint}"`),
    ...peaks.flatMap(({ label, gflops }, index) => [
      `<path d="M${round(x(gflops))} -6V${height}" stroke="${faint}" stroke-dasharray="4 4"/>`,
      text(
        x(gflops),
        index % 2 === 0 ? -10 : -24,
        label,
        `text-anchor="middle" fill="${faint}" font-size="11"`,
      ),
    ]),
    ...families.flatMap((family) => climbLine(family, rows, size, x)),
    ...rows.flatMap(({ rung, y }) => drawRung(result, rung, y, size, x)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

type Row = { readonly rung: RungResult; readonly y: number };
type Scale = (value: number) => number;

/** Connects the rungs of a family. */
function climbLine(family: Rung['family'], rows: readonly Row[], size: number, x: Scale): string[] {
  const own = rows.filter(({ rung }) => rung.family === family);
  const path = line<Row>(
    ({ rung }) => round(x(speedOf(rung, size)!)),
    ({ y }) => y,
  )(own);
  return path === null
    ? []
    : [`<path d="${path}" fill="none" stroke="${colours[family]}" stroke-opacity="0.35"/>`];
}

function drawRung(result: LadderResult, rung: RungResult, y: number, size: number, x: Scale): string[] {
  const speed = speedOf(rung, size)!;
  const times = timesNaive(result, rung, size);
  const isEngine = rung.name.startsWith('engine-');
  const dot = symbol(isEngine ? symbolDiamond : symbolCircle, isEngine ? 110 : 80)()!;
  const label = `${figure(speed)}${times === undefined ? '' : `  (${figure(times)} ×)`}`;
  return [
    text(-margin.left + 16, y + 4, rung.name, `fill="${colours[rung.family]}"`),
    text(-margin.left + 136, y + 4, rung.idea, `fill="${faint}" font-size="11"`),
    `<path transform="translate(${round(x(speed))} ${y})" d="${dot}" fill="${colours[rung.family]}"/>`,
    text(x(speed) + 12, y + 4, label, `fill="${ink}" font-size="12" style="white-space: pre"`),
  ];
}

/** The most that arithmetic gives: on one thread, and on all that the rungs use. */
function peakLines({ peakGflops, rungs }: LadderResult): { label: string; gflops: number }[] {
  if (peakGflops === null) return [];
  const counts = [
    ...new Set(rungs.filter(({ family }) => family !== 'gpu.js').map(({ threads }) => threads)),
  ];
  return counts.map((threads) => ({
    label: `peak of ${threads} thread${threads === 1 ? '' : 's'}`,
    gflops: peakGflops * threads,
  }));
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
