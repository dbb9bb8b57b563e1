import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';

interface PixelsProps {
  readonly image: ImageData;
  /** What it shows, for readers who do not see it. */
  readonly label: string;
  /** Pixels of the page for one of the image. */
  readonly scale?: number;
  readonly onPick?: ((x: number, y: number) => void) | undefined;
}

/** An image, each of its pixels a square. */
export function Pixels({ image, label, scale = 1, onPick }: PixelsProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => canvas.current?.getContext('2d')?.putImageData(image, 0, 0), [image]);
  const pick = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * image.width;
    const y = ((event.clientY - box.top) / box.height) * image.height;
    onPick?.(x, y);
  };
  return (
    <canvas
      ref={canvas}
      class={onPick ? 'pixels pick' : 'pixels'}
      width={image.width}
      height={image.height}
      style={{ width: `${image.width * scale}px` }}
      role="img"
      aria-label={label}
      {...(onPick && { onClick: pick })}
    />
  );
}
