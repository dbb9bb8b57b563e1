import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { fontFiles } from './fonts.ts';

/** Pixels for each unit of the SVG. */
const zoom = 1.5;

function packageFile(name: string): Buffer {
  return readFileSync(fileURLToPath(import.meta.resolve(name)));
}

let ready: Promise<void> | undefined;
let fonts: Uint8Array[] | undefined;

/** Draws an SVG figure as a PNG file, 1.5 times as large, with its text in DejaVu Sans. @returns the bytes of the file */
export async function renderPng(svg: string): Promise<Uint8Array> {
  ready ??= initWasm(packageFile('@resvg/resvg-wasm/index_bg.wasm'));
  await ready;
  fonts ??= fontFiles.map((file) => packageFile(`#fonts/${file}`));
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: fonts, defaultFontFamily: 'DejaVu Sans' },
  });
  const rendered = image.render();
  const png = rendered.asPng();
  // both are in the memory of the wasm module, which is not garbage-collected
  rendered.free();
  image.free();
  return png;
}
