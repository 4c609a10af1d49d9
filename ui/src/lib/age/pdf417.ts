import { pdf417 } from 'bwip-js/browser';

/** Draws a text as the barcode that stands on the back of a license: large enough that a scanner reads it from paper. */
export function draw(canvas: HTMLCanvasElement, text: string): void {
  const wanted = { bcid: 'pdf417', text, columns: 13, eclevel: 5, scale: 3, padding: 12, backgroundcolor: 'FFFFFF' };
  pdf417(canvas, wanted);
}
