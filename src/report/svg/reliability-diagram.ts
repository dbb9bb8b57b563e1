import { scaleLinear } from 'd3-scale';
import type { CalibrationBin } from '../../train/calibration.ts';
import { bottomAxis, type Frame, leftAxis, ticksOf } from './axis.ts';
import { coordinate, type Size } from './figure.ts';
import type { Theme } from './theme.ts';

export const reliabilitySize: Size = { width: 440, height: 440 };

/**
 * A reliability diagram: for each bin of predictions with similar confidence, a bar as high as the share that is right. For
 * a calibrated network the bars end at the diagonal. A bar below it means that the network is too sure.
 */
export function reliabilityDiagram(bins: readonly CalibrationBin[], theme: Theme): string {
  const { width, height } = reliabilitySize;
  const frame: Frame = { left: 52, top: 32, right: width - 22, bottom: height - 50 };
  const x = scaleLinear().range([frame.left, frame.right]);
  const y = scaleLinear().range([frame.bottom, frame.top]);
  const bars = bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, accuracy }) => {
      const [left, top] = [x(from) + 1, y(accuracy)];
      const size = `width="${coordinate(x(to) - 1 - left)}" height="${coordinate(frame.bottom - top)}"`;
      return `<rect x="${coordinate(left)}" y="${coordinate(top)}" ${size} fill="${theme.first}" fill-opacity="0.6"/>`;
    });
  const points = bins
    .filter(({ count }) => count > 0)
    .map(({ confidence, accuracy }) => {
      const [px, py] = [coordinate(x(confidence)), coordinate(y(accuracy))];
      return `<circle cx="${px}" cy="${py}" r="4" fill="${theme.background}" stroke="${theme.text}" stroke-width="1.5"/>`;
    });
  return [
    leftAxis(frame, ticksOf(y, 5, '.0%'), theme),
    `<text x="4" y="16" fill="${theme.text}">share that is right</text>`,
    ...bars,
    `<path d="M${frame.left} ${frame.bottom}L${frame.right} ${frame.top}" stroke="${theme.text}" stroke-dasharray="5 4"/>`,
    ...points,
    bottomAxis(frame, ticksOf(x, 5, '.0%'), 'probability of the prediction', theme),
  ].join('\n');
}
