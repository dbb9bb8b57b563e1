import { countParameters, countState } from '../../../model/parameter-count.ts';
import { formatShape } from '../../../tensor/shape.ts';
import { count } from '../../format.ts';
import { escapeHtml } from '../../html/page.ts';
import { details, htmlTable, section } from '../../html/parts.ts';
import type { RunReport } from '../contents.ts';

export function networkSection({ run: { model, configuration } }: RunReport): string {
  const rows = model.layers.map((layer) => [
    layer.name,
    formatShape(layer.outputShape).replace('[', '[n, '),
    count(countParameters(layer) + countState(layer)),
  ]);
  const total = ['total', '', count(countParameters(model) + countState(model))];
  const json = JSON.stringify(configuration.layers, null, 2);
  const layers = `<pre>${json.split('\n').map(escapeHtml).join('\n')}</pre>`;
  return section(
    'Network',
    [
      htmlTable({
        caption: 'Layers; n is the batch',
        head: ['layer', 'output shape', 'parameters'],
        rows: [...rows, total],
        textColumns: 2,
      }),
      details('The layers as data', layers),
    ].join('\n'),
  );
}
