type Colour = readonly [red: number, green: number, blue: number];

/** The ends of RdBu of ColorBrewer, which can be told apart with any kind of colour vision. */
const negative: Colour = [0x21 / 255, 0x66 / 255, 0xac / 255];
const positive: Colour = [0xb2 / 255, 0x18 / 255, 0x2b / 255];

/** A number from −1 to 1 as a colour of red, green and blue, each 0 to 1: blue, over white at 0, to red. */
export function divergingColour(value: number): Colour {
  const end = value < 0 ? negative : positive;
  const strength = Math.min(Math.abs(value), 1);
  return [1 + strength * (end[0] - 1), 1 + strength * (end[1] - 1), 1 + strength * (end[2] - 1)];
}
