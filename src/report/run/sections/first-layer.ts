import { formatShape } from '../../../tensor/shape.ts';
import { dataUri, escapeHtml } from '../../html/page.ts';
import { figure, paragraph, section } from '../../html/parts.ts';
import { firstLayerPicture } from '../../pictures/weights-picture.ts';
import type { RunReport } from '../contents.ts';

/** A picture of the weights that see the image: those of the first layer with a kernel. */
export function firstLayerSection({ run }: RunReport): string {
  const picture = firstLayerPicture(run.model, run.weights);
  const title = 'First weights';
  if (picture === null) {
    return section(
      title,
      paragraph('The first layer with a kernel sees no image: its weights cannot be drawn.'),
    );
  }
  const { layer, kind, shown, count: all, shape, strongest, png } = picture;
  const which = shown === all ? `${all} ${kind}` : `the first ${shown} of ${all} ${kind}`;
  const channels = shape[2]! > 1 ? `, its ${shape[2]!} channels side by side` : '';
  const words =
    `${layer}: ${which}, each drawn as an image of its weights ${formatShape(shape)}${channels}. ` +
    `Blue is negative, white 0, red positive; weights of ±${strongest.toPrecision(3)} and more have the full colour.`;
  const alt = `Weights of ${which} of ${layer}`;
  return section(title, figure(`<img class="pixels" src="${dataUri(png)}" alt="${escapeHtml(alt)}">`, words));
}
