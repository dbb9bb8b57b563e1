type Colour = readonly [red: number, green: number, blue: number];

/** The ends of ColorBrewer's scale RdBu, which people with any kind of colour vision can tell apart. */
const negative: Colour = [0x21 / 255, 0x66 / 255, 0xac / 255];
const positive: Colour = [0xb2 / 255, 0x18 / 255, 0x2b / 255];

/** A number from −1 (blue) over 0 (white) to 1 (red) as a colour; its red, green and blue are from 0 to 1. */
export function divergingColour(value: number): Colour {
  const end = value < 0 ? negative : positive;
  const strength = Math.min(Math.abs(value), 1);
  return [1 + strength * (end[0] - 1), 1 + strength * (end[1] - 1), 1 + strength * (end[2] - 1)];
}
