import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pixels as PicturePixels } from '../../../src/data/pictures/pixels.ts';
import { prepareImage } from '../../../src/data/pictures/prepare-image.ts';
import type { PreparedImage } from '../../../src/data/pictures/prepared-image.ts';
import type { Occlusion, PredictedImages } from '../../../src/session.ts';
import { Pixels } from '../drawing/canvas.tsx';
import { imageOf, tint } from '../drawing/pixels.ts';
import { percent } from '../format.ts';
import { ask, classNames, facts, position, tell, xRay } from '../store.ts';

const side = 280;
const prepared = signal<PreparedImage | null>(null);
const answer = signal<PredictedImages | null>(null);
const occlusion = signal<Occlusion | null>(null);

/** A picture of one's own: each step of its preparation, what the network says, and where it looks. */
export function TryYourOwn(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const step = position.value?.step;
  // the network has changed: it may say something else
  useEffect(() => void classify(), [step]);
  return (
    <section aria-labelledby="try-title">
      <h2 id="try-title">Try your own</h2>
      <p class="quiet">Draw a garment, or take a picture of one, alone and on a plain ground.</p>
      <div class="try">
        <div>
          <DrawingField canvas={canvas} />
          <p>
            <button type="button" onClick={() => take(canvas.current!)}>
              What is it?
            </button>
            <button type="button" onClick={() => clear(canvas.current!)}>
              Clear
            </button>
          </p>
          <p>
            <label>
              Choose a picture{' '}
              <input
                type="file"
                accept="image/*"
                onChange={(event) => void upload(event.currentTarget.files?.[0], canvas.current!)}
              />
            </label>
          </p>
          <Camera canvas={canvas} />
          <p>
            <button type="button" onClick={() => takeChosen()}>
              Take the chosen garment
            </button>
          </p>
        </div>
        <Answer />
      </div>
    </section>
  );
}

function DrawingField({
  canvas,
}: {
  readonly canvas: { readonly current: HTMLCanvasElement | null };
}): JSX.Element {
  useEffect(() => clear(canvas.current!), []);
  const draw = (event: PointerEvent): void => {
    if (event.buttons === 0) return;
    const box = canvas.current!.getBoundingClientRect();
    const scale = side / box.width;
    const context = brushOf(canvas.current!);
    context.lineWidth = 16;
    context.lineCap = 'round';
    context.strokeStyle = '#222';
    context.beginPath();
    context.moveTo(
      (event.clientX - event.movementX - box.left) * scale,
      (event.clientY - event.movementY - box.top) * scale,
    );
    context.lineTo((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    context.stroke();
  };
  return (
    <canvas
      ref={canvas}
      class="drawing"
      width={side}
      height={side}
      role="img"
      aria-label="A field to draw on, with a mouse or a finger. A picture can be chosen below instead."
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        draw(event);
      }}
      onPointerMove={draw}
    />
  );
}

/** The picture of a camera, once it is allowed. */
function Camera({
  canvas,
}: {
  readonly canvas: { readonly current: HTMLCanvasElement | null };
}): JSX.Element | null {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream | null>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
    return () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [stream]);
  if (!('mediaDevices' in navigator)) return null;
  const start = async (): Promise<void> => {
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }));
    } catch (error) {
      tell(`there is no picture from a camera: ${(error as Error).message}`);
    }
  };
  const shoot = (): void => {
    const { videoWidth, videoHeight } = video.current!;
    const cut = Math.min(videoWidth, videoHeight);
    const [left, top] = [(videoWidth - cut) / 2, (videoHeight - cut) / 2];
    clear(canvas.current!);
    brushOf(canvas.current!).drawImage(video.current!, left, top, cut, cut, 0, 0, side, side);
    setStream(null);
    take(canvas.current!);
  };
  if (stream === null) {
    return (
      <p>
        <button type="button" onClick={() => void start()}>
          Use the camera
        </button>
      </p>
    );
  }
  return (
    <p>
      <video ref={video} autoplay playsInline muted class="drawing" aria-label="What the camera sees" />
      <button type="button" onClick={shoot}>
        Take the picture
      </button>
      <button type="button" onClick={() => setStream(null)}>
        Camera off
      </button>
    </p>
  );
}

/** Of the field, whose pixels are read each time that the network is asked. */
function brushOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

function clear(canvas: HTMLCanvasElement): void {
  const context = brushOf(canvas);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  prepared.value = null;
  answer.value = null;
  occlusion.value = null;
}

/** What is on the field, as the network takes it. */
function take(canvas: HTMLCanvasElement): void {
  const { data, width, height } = brushOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  try {
    prepared.value = prepareImage(
      { width, height, data: Uint8Array.from(data) },
      { inputShape: inputShape() },
    );
  } catch (error) {
    tell((error as Error).message);
    return;
  }
  void classify();
}

async function upload(file: File | undefined, canvas: HTMLCanvasElement): Promise<void> {
  if (!file) return;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    tell(`${file.name} is no picture that this browser can read`);
    return;
  }
  const scale = Math.min(side / bitmap.width, side / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  clear(canvas);
  brushOf(canvas).drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
  take(canvas);
}

/** The image that is looked into, which needs no preparation. */
function takeChosen(): void {
  const seen = xRay.value;
  if (seen === null) return;
  const [, height, width, channels] = seen.image.shape as [number, number, number, number];
  const image = {
    width,
    height,
    channels: channels as 1,
    data: Uint8Array.from(seen.image.values, (value) => Math.round(255 * value)),
  };
  prepared.value = {
    image,
    steps: () => [{ name: 'image', image }],
    done: ['an image of the data set, as it is'],
    doubts: [],
  };
  void classify();
}

function inputShape(): [number, number, number] {
  const shape = xRay.value?.image.shape ?? [1, 28, 28, 1];
  return [shape[1]!, shape[2]!, shape[3]!];
}

async function classify(): Promise<void> {
  const made = prepared.value;
  if (made === null || facts.value === null) return;
  const image = Float32Array.from(made.image.data, (byte) => byte / 255);
  answer.value = await ask('predict', { images: image });
  occlusion.value = await ask('occlude', { image });
}

function Answer(): JSX.Element | null {
  const made = prepared.value;
  if (made === null) return null;
  const names = classNames.value;
  const said = answer.value;
  const best = said?.predicted[0];
  return (
    <div>
      <p role="status">
        {said && best !== undefined ? (
          <>
            It takes this for <strong>{names[best]}</strong>, {percent(said.probabilities[best]!)}.
          </>
        ) : (
          '…'
        )}
      </p>
      {made.doubts.length > 0 && <p class="quiet">What speaks against it: {made.doubts.join('; ')}.</p>}
      <ul class="steps">
        {made.steps().map(({ name, image }) => (
          <li key={name}>
            <Step image={image} name={name} />
            <span>{name}</span>
          </li>
        ))}
        {occlusion.value && (
          <li>
            <Looks occlusion={occlusion.value} image={made.image} name={names[occlusion.value.predicted]!} />
            <span>where it looks</span>
          </li>
        )}
      </ul>
      <p class="quiet">
        {made.done.join(', ')}.{' '}
        {occlusion.value &&
          `Red: with a black square there, ${names[occlusion.value.predicted]} gets less probable. Blue: more.`}
      </p>
    </div>
  );
}

function Step({ image, name }: { readonly image: PicturePixels; readonly name: string }): JSX.Element {
  const { width, height, channels, data } = image;
  return (
    <Pixels image={imageOf(data, height, width, channels)} label={name} scale={Math.max(1, 112 / width)} />
  );
}

interface LooksProps {
  readonly occlusion: Occlusion;
  readonly image: PicturePixels;
  readonly name: string;
}

/** The image in grey, with what a black square does to the probability in red and blue over it. */
function Looks({ occlusion: { probability, probabilities }, image, name }: LooksProps): JSX.Element {
  const { width, height, channels } = image;
  const data = imageOf(image.data, height, width, channels);
  for (let i = 0; i < width * height; i++) {
    tint(data, i, (probability - probabilities[i]!) / Math.max(probability, 1e-6));
  }
  return <Pixels image={data} label={`which parts of the image make it ${name}`} scale={112 / width} />;
}
