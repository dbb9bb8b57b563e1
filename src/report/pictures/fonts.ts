/** The fonts of pictures: files of the package `dejavu-fonts-ttf`, or of weft's own folder where it was built. */
export const fontFiles: readonly string[] = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
