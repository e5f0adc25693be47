/** What a landscape is drawn from: colours from the sky down to the near hills, and the place of the sun. */
export interface Landscape {
  title: string;
  width: number;
  height: number;
  skyTop: string;
  skyBottom: string;
  far: string;
  near: string;
  /** Shares of width and height. */
  sunX: number;
  sunY: number;
}

type Size = [width: number, height: number];
type Colours = [skyTop: string, skyBottom: string, far: string, near: string];

const WIDE: Size = [1600, 1067];
const TALL: Size = [1067, 1600];

const landscape = (title: string, [width, height]: Size, colours: Colours, sunX: number, sunY: number): Landscape => {
  const [skyTop, skyBottom, far, near] = colours;
  return { title, width, height, skyTop, skyBottom, far, near, sunX, sunY };
};

export const LANDSCAPES: readonly Landscape[] = [
  landscape('Northern shore', WIDE, ['#0f2f3f', '#3fae8f', '#1c5a62', '#0a2430'], 0.25, 0.3),
  landscape('Lavender', [1200, 1200], ['#8fb6ef', '#f3ecff', '#9f86d6', '#5b4397'], 0.6, 0.3),
  landscape('The old volcano', TALL, ['#29506d', '#f4b860', '#8a4b3c', '#33211f'], 0.45, 0.55),
  landscape('Cherry hill', [1600, 1200], ['#f6cfe0', '#fff4ea', '#d98bb0', '#8d4a78'], 0.8, 0.4),
  landscape('Dunes at noon', [1600, 686], ['#5aa5d6', '#f6e7c1', '#e2b565', '#b9803a'], 0.5, 0.2),
  landscape('Moonrise', WIDE, ['#0b1630', '#35507a', '#22365c', '#0d1830'], 0.7, 0.28),
  landscape('First snow', TALL, ['#b7cfe6', '#f7fafc', '#c5d5e4', '#8fa9c4'], 0.75, 0.25),
  landscape('Last light', [1600, 900], ['#2d2a5c', '#f08a5d', '#6a3d6d', '#241c3b'], 0.62, 0.6),
];
