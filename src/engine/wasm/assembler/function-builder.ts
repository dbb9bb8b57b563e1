/**
 * Writes one function: encodes its instructions, checks the operand stack and keeps the text for the print-out, all
 * three in the same step, so that they cannot disagree.
 */
import { float32, float64, joined, signed, unsigned, vector } from './bytes.ts';
import {
  type Instruction,
  laneInstructions,
  type LaneName,
  memoryInstructions,
  memoryLaneInstructions,
  type MemoryLaneName,
  type MemoryName,
  parseInstruction,
  plainInstructions,
  type PlainName,
  type ValueType,
  valueTypeCodes,
} from './instructions.ts';

/** A parameter or local variable of one function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
  readonly name: string;
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** What a `call` needs to know of a function. */
export interface Callable extends Signature {
  readonly name: string;
  readonly index: number;
}

/** A block or loop that is open: where `br` can go. */
export interface Label {
  readonly depth: number;
}

interface Frame {
  readonly kind: 'function' | 'block' | 'loop' | 'if';
  /** Height of the operand stack at its start; the values below belong to the code outside. */
  readonly height: number;
  /** Set after an unconditional branch: no instruction may follow before the end of the frame. */
  ended: boolean;
}

const emptyBlockType = 0x40;

/**
 * Writes the code of one function, instruction by instruction. Each instruction is checked against the operand stack
 * when it is added, so that a mistake throws at its own line. Blocks take nothing from the stack and leave nothing on
 * it. Every method returns the builder, so that an expression fits in one line: `code.get(x).i32(4).op('i32.mul')`.
 */
export class FunctionBuilder implements Callable {
  readonly name: string;
  readonly index: number;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly #locals: Local[] = [];
  readonly #parameterLocals: readonly Local[];
  readonly #body: number[] = [];
  /** The lines of the print-out, and how deep each is nested. */
  readonly #lines: string[] = [];
  readonly #depths: number[] = [];
  readonly #stack: ValueType[] = [];
  readonly #isListed: boolean;
  readonly #frames: Frame[] = [{ kind: 'function', height: 0, ended: false }];

  constructor(
    name: string,
    index: number,
    parameters: readonly (readonly [string, ValueType])[],
    results: readonly ValueType[],
    isListed = true,
  ) {
    this.#isListed = isListed;
    this.name = name;
    this.index = index;
    this.parameters = parameters.map(([, type]) => type);
    this.results = results;
    this.#parameterLocals = parameters.map(([parameter, type], position) => ({
      index: position,
      type,
      name: parameter,
    }));
  }

  parameter(index: number): Local {
    const local = this.#parameterLocals[index];
    if (local === undefined) throw this.#error(`there is no parameter ${index}`);
    return local;
  }

  /** A new local variable; its first value is 0. */
  local(type: ValueType, name: string): Local {
    const local = { index: this.parameters.length + this.#locals.length, type, name };
    this.#locals.push(local);
    return local;
  }

  get(local: Local): this {
    return this.#add('local.get', [0x20, ...unsigned(local.index)], [], [local.type], `$${local.name}`);
  }

  set(local: Local): this {
    return this.#add('local.set', [0x21, ...unsigned(local.index)], [local.type], [], `$${local.name}`);
  }

  tee(local: Local): this {
    return this.#add(
      'local.tee',
      [0x22, ...unsigned(local.index)],
      [local.type],
      [local.type],
      `$${local.name}`,
    );
  }

  i32(value: number): this {
    return this.#add('i32.const', [0x41, ...signed(value)], [], ['i32'], `${value | 0}`);
  }

  f32(value: number): this {
    return this.#add('f32.const', [0x43, ...float32(value)], [], ['f32'], `${Math.fround(value)}`);
  }

  f64(value: number): this {
    return this.#add('f64.const', [0x44, ...float64(value)], [], ['f64'], `${value}`);
  }

  /** A vector of four equal floats. */
  f32x4(value: number): this {
    return this.#vectorConst(
      new Uint8Array(Float32Array.of(value, value, value, value).buffer),
      `f32x4 ${Math.fround(value)}`,
    );
  }

  /** A vector of four integers. */
  i32x4(a: number, b: number, c: number, d: number): this {
    return this.#vectorConst(new Uint8Array(Int32Array.of(a, b, c, d).buffer), `i32x4 ${a} ${b} ${c} ${d}`);
  }

  #vectorConst(bytes: Uint8Array, note: string): this {
    return this.#add('v128.const', [0xfd, ...unsigned(12), ...bytes], [], ['v128'], note);
  }

  /** Picks 16 bytes from two vectors; bytes 0–15 are those of the first, 16–31 of the second. */
  shuffle(lanes: readonly number[]): this {
    if (lanes.length !== 16 || !lanes.every((lane) => lane >= 0 && lane < 32)) {
      throw this.#error(`i8x16.shuffle takes 16 lanes from 0 to 31, got ${lanes.join()}`);
    }
    return this.#add(
      'i8x16.shuffle',
      [0xfd, ...unsigned(13), ...lanes],
      ['v128', 'v128'],
      ['v128'],
      lanes.join(' '),
    );
  }

  /** An instruction without immediates. */
  op(name: PlainName): this {
    return this.#instruction(name, parseInstruction(plainInstructions[name]), [], '');
  }

  /** A load or store, at the address on the stack plus `offset`. */
  memory(name: MemoryName, offset = 0): this {
    const instruction = parseInstruction(memoryInstructions[name]);
    const immediates = [...unsigned(instruction.align), ...unsigned(offset)];
    return this.#instruction(name, instruction, immediates, offset === 0 ? '' : `offset=${offset}`);
  }

  lane(name: LaneName, lane: number): this {
    return this.#instruction(name, parseInstruction(laneInstructions[name]), [lane], `${lane}`);
  }

  memoryLane(name: MemoryLaneName, lane: number, offset = 0): this {
    const instruction = parseInstruction(memoryLaneInstructions[name]);
    const immediates = [...unsigned(instruction.align), ...unsigned(offset), lane];
    return this.#instruction(name, instruction, immediates, `offset=${offset} ${lane}`);
  }

  call(target: Callable): this {
    return this.#add(
      'call',
      [0x10, ...unsigned(target.index)],
      target.parameters,
      target.results,
      `$${target.name}`,
    );
  }

  block(body: (label: Label) => void): this {
    return this.#nest('block', 0x02, body);
  }

  /** A loop: `br` to its label starts it again. At its end, the code goes on behind it. */
  loop(body: (label: Label) => void): this {
    return this.#nest('loop', 0x03, body);
  }

  /** Code that runs if the condition on the stack is not 0. */
  if(body: (label: Label) => void): this {
    this.#pop(['i32'], 'if');
    return this.#nest('if', 0x04, body);
  }

  br(label: Label): this {
    const { levels, note } = this.#target(label);
    this.#add('br', [0x0c, ...unsigned(levels)], [], [], note);
    this.#frame().ended = true;
    return this;
  }

  /** Branches if the condition on the stack is not 0. */
  br_if(label: Label): this {
    const { levels, note } = this.#target(label);
    return this.#add('br_if', [0x0d, ...unsigned(levels)], ['i32'], [], note);
  }

  /** A comment in the print-out. */
  note(comment: string): this {
    this.#line(`;; ${comment}`);
    return this;
  }

  /** The function's entry in the code section. Checks that exactly the results are left on the stack. */
  encode(): Uint8Array {
    this.#pop(this.results, 'end of function');
    if (this.#stack.length > 0) throw this.#error(`values are left on the stack: ${this.#stack.join(' ')}`);
    const locals = vector(this.#locals.map(({ type }) => [1, valueTypeCodes[type]]));
    this.#stack.push(...this.results);
    const size = unsigned(locals.length + this.#body.length + 1);
    return joined([size, locals, this.#body, [0x0b]]);
  }

  /** Indented text, close to the WebAssembly text format. */
  print(): string {
    const parameters = this.#parameterLocals.map(({ name, type }) => ` (param $${name} ${type})`).join('');
    const results = this.results.map((type) => ` (result ${type})`).join('');
    const counts = Map.groupBy(this.#locals, ({ type }) => type);
    const locals = [...counts].map(([type, list]) => `${list.length} ${type}`).join(', ');
    return [
      `(func $${this.name}${parameters}${results}`,
      `  ;; locals: ${locals || 'none'}`,
      ...this.#lines.map((line, index) => '  '.repeat(this.#depths[index]!) + line),
      ')',
    ].join('\n');
  }

  #instruction(
    name: string,
    { code, takes, gives }: Instruction,
    immediates: readonly number[],
    note: string,
  ): this {
    return this.#add(name, [...code, ...immediates], takes, gives, note);
  }

  #add(
    name: string,
    bytes: readonly number[],
    takes: readonly ValueType[],
    gives: readonly ValueType[],
    note: string,
  ): this {
    if (this.#frame().ended) throw this.#error(`${name} can never run: it follows a branch`);
    this.#pop(takes, name);
    this.#stack.push(...gives);
    this.#body.push(...bytes);
    this.#line(note === '' ? name : `${name} ${note}`);
    return this;
  }

  #nest(kind: 'block' | 'loop' | 'if', code: number, body: (label: Label) => void): this {
    if (this.#frame().ended) throw this.#error(`${kind} can never run: it follows a branch`);
    this.#body.push(code, emptyBlockType);
    this.#line(kind);
    const frame: Frame = { kind, height: this.#stack.length, ended: false };
    this.#frames.push(frame);
    body({ depth: this.#frames.length - 1 });
    if (this.#stack.length !== frame.height) {
      throw this.#error(`${kind} leaves ${this.#stack.length - frame.height} values on the stack`);
    }
    this.#frames.pop();
    this.#body.push(0x0b);
    this.#line('end');
    return this;
  }

  /** How many frames a branch leaves, with a note of its effect. */
  #target({ depth }: Label): { levels: number; note: string } {
    const levels = this.#frames.length - 1 - depth;
    const { kind } = this.#frames[depth]!;
    return { levels, note: `${levels} ;; ${kind === 'loop' ? 'once more' : `out of the ${kind}`}` };
  }

  #pop(types: readonly ValueType[], name: string): void {
    const first = this.#stack.length - types.length;
    const isThere =
      first >= this.#frame().height && types.every((type, i) => this.#stack[first + i] === type);
    if (!isThere) {
      const available = this.#stack.slice(this.#frame().height);
      throw this.#error(`${name} takes [${types.join(' ')}], the stack has [${available.join(' ')}]`);
    }
    this.#stack.length = first;
  }

  #frame(): Frame {
    return this.#frames.at(-1)!;
  }

  #line(content: string): void {
    if (!this.#isListed) return;
    this.#lines.push(content);
    this.#depths.push(this.#frames.length);
  }

  #error(message: string): Error {
    return new Error(`wasm function ${this.name}: ${message}`);
  }
}
