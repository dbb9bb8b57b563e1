import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** Pixels for each unit of the SVG. */
const zoom = 1.5;

function packageFile(name: string): Buffer {
  return readFileSync(fileURLToPath(import.meta.resolve(name)));
}

let ready: Promise<void> | undefined;
let fonts: Uint8Array[] | undefined;

/** An SVG image as the bytes of a PNG file, half as large again; its text in DejaVu Sans. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  ready ??= initWasm(packageFile('@resvg/resvg-wasm/index_bg.wasm'));
  await ready;
  fonts ??= ['DejaVuSans', 'DejaVuSans-Bold'].map((name) => packageFile(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: fonts, defaultFontFamily: 'DejaVu Sans' },
  });
  const rendered = image.render();
  const png = rendered.asPng();
  // both live in the memory of the module, which no garbage collector sees
  rendered.free();
  image.free();
  return png;
}
