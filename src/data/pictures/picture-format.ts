/** Formats of pictures by the bytes with which their files begin. PNG and JPEG are those that weft reads. */
const signatures: readonly (readonly [format: string, signature: RegExp])[] = [
  ['PNG', /^\x89PNG\r\n[^]\n/],
  ['JPEG', /^\xff\xd8\xff/],
  ['GIF', /^GIF8[79]a/],
  ['WebP', /^RIFF[^]{4}WEBP/],
  // ISO base media files: a box `ftyp` with the main brand
  ['AVIF', /^[^]{4}ftyp(avif|avis)/],
  ['HEIC', /^[^]{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['BMP', /^BM[^]{4}\0\0\0\0/],
  ['SVG', /^(\xef\xbb\xbf)?\s*<([?!][^]*<)?svg[\s>]/],
  ['JPEG XL', /^(\xff\n|[^]{4}JXL )/],
  ['JPEG 2000', /^([^]{4}jP {2}|\xffO\xffQ)/],
  ['PDF', /^%PDF-/],
];

/** No signature needs more, but for SVG, which may begin with comments. */
const readBytes = 1024;

/** The name of the format, or undefined if the bytes are of none that is known here. */
export function formatOf(file: Buffer): string | undefined {
  const start = file.toString('latin1', 0, readBytes);
  return signatures.find(([, signature]) => signature.test(start))?.[0];
}
