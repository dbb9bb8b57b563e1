import { nudged } from './nudged.ts';
import { bindingAlignment, bufferUsage } from './usage.ts';

/** Bytes of the staging buffer. When it is full, the queue is submitted. */
const stagingBytes = 1 << 22;
/** WebGPU copies between buffers in multiples of this many bytes. */
const copyAlignment = 4;
/** Submits that may be in flight: enough to keep the device busy, few enough to notice its errors soon. */
const mostInFlight = 3;

/** A range of a buffer on the device. */
export interface Place {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** A pipeline with its buffers and its number of workgroups. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly groups: readonly [number, number, number];
}

/** How many runs are one submit: a fixed number, or as many as take about `targetMilliseconds`. */
export interface Batching {
  readonly stepsPerSubmit?: number | undefined;
}

/** A submit should last about this long: long against the cost of a submit, short enough that a page stays smooth. */
const targetMilliseconds = 12;
const mostStepsPerSubmit = 32;

/**
 * Commands for the device, in the order in which they were given. Each is encoded immediately; they are submitted
 * together after some runs, or when something is to be read. What the host writes between two runs is collected in a
 * staging buffer and copied to its place between the dispatches, so that each run sees the values of its own time.
 */
export class CommandQueue {
  readonly #device: GPUDevice;
  readonly #staging: GPUBuffer;
  readonly #mirror = new Uint8Array(stagingBytes);
  readonly #fixedSteps: number | undefined;
  #staged = 0;
  /** A copy out of the staging buffer. It is not encoded yet, since the next write may extend it. */
  #copy: {
    readonly from: number;
    readonly buffer: GPUBuffer;
    readonly offset: number;
    bytes: number;
  } | null = null;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #pipeline: GPUComputePipeline | null = null;
  #runs = 0;
  #stepsPerSubmit = 1;
  #inFlight: Promise<void>[] = [];
  #lastDone = 0;
  /** Submits so far, for tests and profiles. */
  submits = 0;

  constructor(device: GPUDevice, { stepsPerSubmit }: Batching = {}) {
    this.#device = device;
    this.#fixedSteps = stepsPerSubmit;
    this.#staging = device.createBuffer({
      label: 'staging',
      size: stagingBytes,
      usage: bufferUsage.copySource | bufferUsage.copyTarget,
    });
  }

  /** Writes bytes to a place, after all dispatches so far and before all that follow. */
  write(bytes: Uint8Array, { buffer, offset }: Place): void {
    const length = Math.ceil(bytes.length / copyAlignment) * copyAlignment;
    if (length > stagingBytes) {
      this.flush();
      const padded = length === bytes.length ? bytes : copyPadded(bytes, length);
      this.#device.queue.writeBuffer(buffer, offset, padded);
      return;
    }
    // if the place is just behind that of the last write, one copy serves both; no one reads what lies between
    const gap = this.#copy?.buffer === buffer ? offset - this.#copy.offset - this.#copy.bytes : -1;
    const joins = gap >= 0 && gap < bindingAlignment && this.#staged + gap + length <= stagingBytes;
    if (joins) this.#staged += gap;
    else {
      this.#emitCopy();
      if (this.#staged + length > stagingBytes) this.flush();
      this.#copy = { from: this.#staged, buffer, offset, bytes: 0 };
    }
    this.#mirror.set(bytes, this.#staged);
    this.#staged += length;
    this.#copy!.bytes = this.#staged - this.#copy!.from;
  }

  /** Copies a range of one buffer to another. */
  copy(from: Place, to: Place): void {
    this.#emitCopy();
    this.#endPass();
    this.#encode().copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.bytes);
  }

  /** Appends dispatches. Each sees what the earlier ones wrote. */
  dispatch(list: readonly Dispatch[]): void {
    this.#emitCopy();
    this.#pass ??= this.#encode().beginComputePass();
    const pass = this.#pass;
    for (const { pipeline, group, groups } of list) {
      if (pipeline !== this.#pipeline) {
        pass.setPipeline(pipeline);
        this.#pipeline = pipeline;
      }
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
  }

  /**
   * Ends a run of a program, and submits if there are enough of them.
   *
   * @returns a promise that resolves when the next run may begin, or undefined if it may begin now
   */
  endRun(): Promise<void> | undefined {
    this.#runs += 1;
    if (this.#runs >= (this.#fixedSteps ?? this.#stepsPerSubmit)) this.flush();
    if (this.#inFlight.length < mostInFlight) return undefined;
    return nudged(this.#device, this.#inFlight[this.#inFlight.length - mostInFlight]!);
  }

  /** Submits all commands so far. */
  flush(): void {
    this.#emitCopy();
    if (this.#encoder === null) return;
    this.#endPass();
    if (this.#staged > 0) {
      this.#device.queue.writeBuffer(this.#staging, 0, this.#mirror, 0, this.#staged);
      this.#staged = 0;
    }
    this.#device.queue.submit([this.#encoder.finish()]);
    this.submits += 1;
    this.#encoder = null;
    this.#watch(this.#runs);
    this.#runs = 0;
  }

  /** Resolves when the device has done all its work. */
  async finish(): Promise<void> {
    this.flush();
    await nudged(this.#device, this.#device.queue.onSubmittedWorkDone());
  }

  destroy(): void {
    this.#staging.destroy();
  }

  /** Notes when a submit is done, and how long the device worked on it: its wait for earlier submits does not count. */
  #watch(runs: number): void {
    const submitted = performance.now();
    const waitsForOthers = this.#inFlight.length > 0;
    const done = this.#device.queue.onSubmittedWorkDone().then(() => {
      const now = performance.now();
      const took = now - (waitsForOthers ? Math.max(this.#lastDone, submitted) : submitted);
      this.#lastDone = now;
      this.#inFlight = this.#inFlight.filter((other) => other !== done);
      if (runs > 0) this.#adapt(took / runs);
    });
    this.#inFlight.push(done);
  }

  #adapt(millisecondsPerRun: number): void {
    const wanted = Math.floor(targetMilliseconds / Math.max(millisecondsPerRun, 0.01));
    const steps = Math.min(Math.max(1, wanted), mostStepsPerSubmit);
    // the number at most doubles, so that one submit that seemed fast does not decide alone
    this.#stepsPerSubmit = Math.min(steps, this.#stepsPerSubmit * 2);
  }

  /** Encodes the copy of what was written last. */
  #emitCopy(): void {
    if (this.#copy === null) return;
    const { from, buffer, offset, bytes } = this.#copy;
    this.#copy = null;
    this.#endPass();
    this.#encode().copyBufferToBuffer(this.#staging, from, buffer, offset, bytes);
  }

  #encode(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#pipeline = null;
  }
}

function copyPadded(bytes: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
}
