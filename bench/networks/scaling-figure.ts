/** A figure in SVG: images per second for many batch sizes. */
import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeHtml } from '../../src/report/html/page.ts';
import { bottomAxis, type Frame, leftAxis } from '../../src/report/svg/axis.ts';
import { coordinate, svgFigure } from '../../src/report/svg/figure.ts';
import { paperTheme } from '../../src/report/svg/theme.ts';
import { label, whole } from '../measure/format.ts';
import type { NetworkSpeed } from './speeds.ts';

const size = { width: 640, height: 420 };
const frame: Frame = { left: 76, top: 64, right: size.width - 20, bottom: size.height - 54 };
/** A colour and a dash for each number of threads, so that colour is not the only difference. */
const strokes = [
  { colour: paperTheme.first, dash: 'none' },
  { colour: paperTheme.second, dash: '7 4' },
  { colour: '#009e73', dash: '2 3' },
  { colour: paperTheme.quiet, dash: '9 3 2 3' },
];
const legendWidth = 150;

/** Images per second over batch size on logarithmic axes, a line for each number of threads; p10 to p90 as bars. */
export function scalingFigure(title: string, speeds: readonly NetworkSpeed[]): string {
  const batchSizes = [...new Set(speeds.map(({ batchSize }) => batchSize))].toSorted((a, b) => a - b);
  const ends = speeds.flatMap(({ imagesPerSecond: { p10, p90 } }) => [p10, p90]);
  const x = scaleLog()
    .base(2)
    .domain([batchSizes[0]!, Math.max(batchSizes.at(-1)!, batchSizes[0]! * 2)])
    .range([frame.left, frame.right]);
  const y = scaleLog()
    .domain([Math.min(...ends), Math.max(...ends)])
    .range([frame.bottom, frame.top])
    .nice();
  const rows = y.ticks().filter((tick) => /^[125]0*$/.test(String(tick)));
  const threads = [...new Set(speeds.map((speed) => speed.threads))];
  const description = speeds.map(
    ({ threads: count, batchSize, imagesPerSecond }) =>
      `batch ${batchSize}, threads ${count}: ${whole(imagesPerSecond.median)}`,
  );
  return `${svgFigure({
    id: 'scaling',
    title,
    description: `Images per second. ${description.join('; ')}`,
    ...size,
    body: [
      `<rect width="${size.width}" height="${size.height}" fill="${paperTheme.background}"/>`,
      text(frame.left, 20, `${title}: images/s`, `font-weight="bold" fill="${paperTheme.text}"`),
      leftAxis(
        frame,
        rows.map((tick) => ({ at: y(tick), label: whole(tick) })),
        paperTheme,
      ),
      bottomAxis(
        frame,
        batchSizes.map((batchSize) => ({ at: x(batchSize), label: String(batchSize) })),
        'images in a batch',
        paperTheme,
      ),
      ...threads.flatMap((count, index) =>
        curve(
          speeds.filter((speed) => speed.threads === count),
          { x, y },
          index,
        ),
      ),
    ].join('\n'),
  })}\n`;
}

interface Scales {
  readonly x: (batchSize: number) => number;
  readonly y: (speed: number) => number;
}

/** The line of one number of threads, with its name above the frame. */
function curve(speeds: readonly NetworkSpeed[], { x, y }: Scales, index: number): string[] {
  const { colour, dash } = strokes[index % strokes.length]!;
  const sorted = speeds.toSorted((a, b) => a.batchSize - b.batchSize);
  const path = line<NetworkSpeed>()
    .x(({ batchSize }) => x(batchSize))
    .y(({ imagesPerSecond }) => y(imagesPerSecond.median))
    .digits(2)(sorted)!;
  const left = frame.left + legendWidth * index;
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    ...sorted.map(({ batchSize, imagesPerSecond: { median, p10, p90 } }) => {
      const at = coordinate(x(batchSize));
      return (
        `<path d="M${at} ${coordinate(y(p10))}V${coordinate(y(p90))}" stroke="${colour}"/>` +
        `<circle cx="${at}" cy="${coordinate(y(median))}" r="3.5" fill="${colour}"/>`
      );
    }),
    `<path d="M${left} 40h26" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    text(left + 34, 44, label({ name: 'weft', threads: speeds[0]!.threads }), `fill="${paperTheme.text}"`),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeHtml(content)}</text>`;
}
