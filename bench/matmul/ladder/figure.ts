/** The ladder as a picture, in SVG. */
import { scaleLog } from 'd3-scale';
import { line, symbol, symbolCircle, symbolDiamond } from 'd3-shape';
import { escapeHtml } from '../../../src/report/html/page.ts';
import { bottomAxis, type Frame } from '../../../src/report/svg/axis.ts';
import { coordinate, svgFigure } from '../../../src/report/svg/figure.ts';
import { paperTheme } from '../../../src/report/svg/theme.ts';
import { headlineSize, type LadderResult, type RungResult, speedOf, timesNaive } from './climb.ts';
import { families, isOnGpu, type Rung } from '../rung.ts';
import { figure } from './table.ts';

const rowHeight = 24;
const familyGap = 10;
/** The area of the dots. Names and ideas are left of it, a title above it, and long labels reach out to the right. */
const plot = { left: 360, top: 64, width: 520 };
const width = plot.left + plot.width + 130;
const small = 11;
const colours: Readonly<Record<Rung['family'], string>> = {
  TypeScript: '#0072b2',
  WebAssembly: '#7a3fb8',
  'gpu.js': '#b8531f',
  WGSL: '#8a6d00',
};

interface Row {
  readonly rung: RungResult;
  /** GFLOP/s */
  readonly speed: number;
  readonly y: number;
}

/**
 * The ladder as a figure: a row for each rung, with a dot at its speed, or a diamond for the kernels of weft. The axis is
 * logarithmic: equal factors are equal steps to the right. Such an axis has no zero, so the length of a bar would mean
 * nothing; therefore there are dots.
 */
export function ladderFigure(result: LadderResult): string {
  const size = headlineSize(result);
  const rows = placeRows(result, size);
  const bottom = (rows.at(-1)?.y ?? plot.top) + rowHeight;
  const frame: Frame = { left: plot.left, top: plot.top, right: plot.left + plot.width, bottom };
  const peaks = peakLines(result);
  const all = [...rows.map(({ speed }) => speed), ...peaks.map(({ gflops }) => gflops)];
  const x = scaleLog()
    .domain([10 ** Math.floor(Math.log10(Math.min(...all))), 1.15 * Math.max(...all)])
    .range([frame.left, frame.right]);
  const decades = x.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  const title = `Products of ${size} × ${size} matrices`;
  const fastest = rows.toSorted((one, other) => other.speed - one.speed)[0];
  return `${svgFigure({
    id: 'ladder',
    title,
    description:
      `${rows.length} rungs on a logarithmic scale of GFLOP/s` +
      (fastest ? `; ${fastest.rung.name} is the fastest, with ${figure(fastest.speed)}` : ''),
    width,
    height: bottom + 50,
    body: [
      `<rect width="${width}" height="${bottom + 50}" fill="${paperTheme.background}"/>`,
      text(16, 26, title, `font-weight="bold" fill="${paperTheme.text}"`),
      ...decades.map((tick) => upright(x(tick), frame.top - 6, bottom, `stroke="${paperTheme.line}"`)),
      ...peaks.flatMap(({ label, gflops }, index) => [
        upright(x(gflops), frame.top - 6, bottom, `stroke="${paperTheme.quiet}" stroke-dasharray="4 4"`),
        text(x(gflops), frame.top - 10 - 14 * index, label, `text-anchor="middle" ${quiet}`),
      ]),
      bottomAxis(
        frame,
        decades.map((tick) => ({ at: x(tick), label: String(tick) })),
        'GFLOP/s',
        paperTheme,
      ),
      ...families.flatMap((family) =>
        climbLine(
          rows.filter(({ rung }) => rung.family === family),
          x,
        ),
      ),
      ...rows.flatMap((row) => drawRow(row, timesNaive(result, row.rung, size), x)),
    ].join('\n'),
  })}\n`;
}

const quiet = `fill="${paperTheme.quiet}" font-size="${small}"`;

type Scale = (value: number) => number;

/**
 * A row for each rung that has a speed, with a gap above each family. An adapter in software is not a GPU: its rungs are
 * left out here, and the table names the adapter.
 */
function placeRows({ rungs, adapter }: LadderResult, size: number): Row[] {
  const rows: Row[] = [];
  const hasGpu = adapter?.software === false;
  let y = plot.top - rowHeight / 2;
  for (const rung of rungs) {
    const speed = speedOf(rung, size);
    if (speed === undefined || (isOnGpu(rung) && !hasGpu)) continue;
    y += rowHeight + (rung.family === rows.at(-1)?.rung.family ? 0 : familyGap);
    rows.push({ rung, speed, y });
  }
  return rows;
}

/** Connects the rungs of a family. */
function climbLine(rows: readonly Row[], x: Scale): string[] {
  const path = line<Row>()
    .x(({ speed }) => x(speed))
    .y(({ y }) => y)
    .digits(2)(rows);
  return path === null
    ? []
    : [`<path d="${path}" fill="none" stroke="${colours[rows[0]!.rung.family]}" stroke-opacity="0.35"/>`];
}

function drawRow({ rung, speed, y }: Row, times: number | undefined, x: Scale): string[] {
  const colour = colours[rung.family];
  const dot = rung.name.startsWith('engine-') ? symbol(symbolDiamond, 110) : symbol(symbolCircle, 80);
  const label = `${figure(speed)}${times === undefined ? '' : ` (${figure(times)} ×)`}`;
  return [
    text(16, y + 4, rung.name, `fill="${colour}"`),
    text(144, y + 4, rung.idea, quiet),
    `<path transform="translate(${coordinate(x(speed))} ${y})" d="${dot()}" fill="${colour}"/>`,
    text(x(speed) + 12, y + 4, label, `fill="${paperTheme.text}"`),
  ];
}

/** Lines at the peak of one thread and of all threads that the rungs use. */
function peakLines({ peakGflops, rungs }: LadderResult): { label: string; gflops: number }[] {
  if (peakGflops === null) return [];
  const counts = new Set(rungs.filter((rung) => !isOnGpu(rung)).map(({ threads }) => threads));
  return [...counts].map((threads) => ({
    label: `peak of ${threads} thread${threads === 1 ? '' : 's'}`,
    gflops: peakGflops * threads,
  }));
}

function upright(x: number, top: number, bottom: number, attributes: string): string {
  return `<path d="M${coordinate(x)} ${top}V${bottom}" ${attributes}/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" ${attributes}>${escapeHtml(content)}</text>`;
}
