import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { label, whole } from './race.ts';
import type { ScalingPoint } from './scaling.ts';

const [width, height] = [640, 400];
const frame = { left: 76, right: width - 20, top: 56, bottom: height - 48 };
/** One for each number of threads, with a dash of its own: nobody has to tell them apart by colour. */
const strokes = [
  { colour: '#0072b2', dash: 'none' },
  { colour: '#d55e00', dash: '7 4' },
  { colour: '#009e73', dash: '2 3' },
  { colour: '#5a5a5a', dash: '9 3 2 3' },
];
const text = '#1a1a1a';
const quiet = '#5a5a5a';

/** Images per second over batch size on logarithmic axes, a line for each number of threads; p10 to p90 as bars. */
export function scalingFigure(title: string, points: readonly ScalingPoint[]): string {
  const sizes = [...new Set(points.map(({ batchSize }) => batchSize))].toSorted((a, b) => a - b);
  const speeds = points.flatMap(({ imagesPerSecond: { p10, p90 } }) => [p10, p90]);
  const x = scaleLog()
    .base(2)
    .domain([sizes[0]!, Math.max(sizes.at(-1)!, sizes[0]! * 2)])
    .range([frame.left, frame.right]);
  const y = scaleLog()
    .domain([Math.min(...speeds), Math.max(...speeds)])
    .range([frame.bottom, frame.top])
    .nice();
  const threads = [...new Set(points.map((point) => point.threads))];
  const lines = threads.flatMap((count, index) => {
    const { colour, dash } = strokes[index % strokes.length]!;
    const own = points
      .filter((point) => point.threads === count)
      .toSorted((a, b) => a.batchSize - b.batchSize)
      .map(({ batchSize, imagesPerSecond: { median, p10, p90 } }) => ({
        at: round(x(batchSize)),
        median: round(y(median)),
        p10: round(y(p10)),
        p90: round(y(p90)),
      }));
    const path = line<(typeof own)[number]>(
      ({ at }) => at,
      ({ median }) => median,
    )(own)!;
    const left = frame.left + 170 * index;
    return [
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      ...own.map(({ at, p10, p90 }) => `<path d="M${at} ${p10}V${p90}" stroke="${colour}"/>`),
      ...own.map(({ at, median }) => `<circle cx="${at}" cy="${median}" r="3.5" fill="${colour}"/>`),
      `<path d="M${left} 40h26" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      `<text x="${left + 34}" y="44" fill="${text}">${label({ name: 'weft', threads: count })}</text>`,
    ];
  });
  const rows = y.ticks().filter((tick) => /^[125]0*$/.test(String(tick)));
  const description = points
    .map(
      ({ threads, batchSize, imagesPerSecond }) =>
        `batch ${batchSize}, threads ${threads}: ${whole(imagesPerSecond.median)}`,
    )
    .join('; ');
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="13">`,
    `<title id="title">${title}</title>`,
    `<desc id="description">Images per second. ${description}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${frame.left}" y="20" fill="${text}">${title}: images/s</text>`,
    ...rows.flatMap((tick) => [
      `<path d="M${frame.left} ${round(y(tick))}H${frame.right}" stroke="#d5d5d5"/>`,
      `<text x="${frame.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end" fill="${quiet}">${whole(tick)}</text>`,
    ]),
    ...sizes.map(
      (size) =>
        `<text x="${round(x(size))}" y="${frame.bottom + 20}" text-anchor="middle" fill="${quiet}">${size}</text>`,
    ),
    `<text x="${(frame.left + frame.right) / 2}" y="${height - 8}" text-anchor="middle" fill="${quiet}">images in a batch</text>`,
    ...lines,
    '</svg>',
  ].join('\n')}\n`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
