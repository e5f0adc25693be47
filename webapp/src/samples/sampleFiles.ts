// Photos to try the app with, drawn here: nobody else has rights in them.
import type { Landscape } from './landscapes.ts';
import { LANDSCAPES } from './landscapes.ts';

const QUALITY = 0.88;
const RIDGES = 5;
const STEP_PX = 4;

/** The sample photos as files, as if the user had chosen them. */
export function sampleFiles(): Promise<File[]> {
  return Promise.all(LANDSCAPES.map(fileOf));
}

function fileOf(landscape: Landscape, seed: number): Promise<File> {
  const { width, height, title } = landscape;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  paint(canvas.getContext('2d')!, landscape, seed);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob
          ? resolve(new File([blob], `${title}.jpg`, { type: blob.type }))
          : reject(new Error('The browser cannot draw the sample photos.')),
      'image/jpeg',
      QUALITY,
    );
  });
}

function paint(context: CanvasRenderingContext2D, landscape: Landscape, seed: number): void {
  const { width, height, skyTop, skyBottom, far, near, sunX, sunY } = landscape;
  const fillAll = (style: CanvasGradient) => {
    context.fillStyle = style;
    context.fillRect(0, 0, width, height);
  };
  const sky = context.createLinearGradient(0, 0, 0, height * 0.8);
  sky.addColorStop(0, skyTop);
  sky.addColorStop(1, skyBottom);
  fillAll(sky);

  const [x, y, reach] = [width * sunX, height * sunY, Math.min(width, height) / 2];
  const glow = context.createRadialGradient(x, y, reach / 20, x, y, reach);
  glow.addColorStop(0, '#fffbe6ff');
  glow.addColorStop(0.12, '#fff6d055');
  glow.addColorStop(1, '#fff6d000');
  fillAll(glow);

  for (let ridge = 0; ridge < RIDGES; ridge++) {
    const base = height * (0.52 + ridge * 0.11);
    const swing = height * (0.11 - ridge * 0.012);
    context.beginPath();
    context.moveTo(0, height);
    for (let at = 0; at <= width + STEP_PX; at += STEP_PX) {
      // hills as wide as those of the widest picture
      context.lineTo(at, base - waveAt((at / 1600) * 5, ridge, seed) * swing);
    }
    context.lineTo(width, height);
    context.closePath();
    context.fillStyle = `color-mix(in oklab, ${near} ${(ridge * 100) / (RIDGES - 1)}%, ${far})`;
    context.fill();
    context.fillStyle = `rgb(255 255 255 / ${5 - ridge}%)`; // haze between the ridges
    context.fill();
  }
}

/** The line of a ridge, from -1 to 1. */
function waveAt(x: number, ridge: number, seed: number): number {
  const swing = (at: number, rate: number, shift: number) => Math.sin(at * rate + seed * shift);
  return (
    swing(x + ridge, 1.3 + ridge * 0.4, 2.1) * 0.5 +
    swing(x, 3.1 + ridge, 1 + ridge) * 0.22 +
    swing(x, 7.3, ridge) * 0.08
  );
}
