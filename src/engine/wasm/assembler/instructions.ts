/**
 * The instructions that weft's kernels use, as tables. A line has the opcode in hexadecimal (after a prefix byte,
 * a number that is encoded in LEB128), then the operand types that it takes from the stack, the topmost last, and
 * the type of its result. The mnemonics are those of the WebAssembly specification, so that they can be searched for
 * there. Instructions with structure (block, loop, br …) are methods of FunctionBuilder.
 */
import { unsigned } from './bytes.ts';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

export const valueTypeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

export interface Instruction {
  readonly code: readonly number[];
  readonly takes: readonly ValueType[];
  readonly gives: readonly ValueType[];
  /** Of a load or store: the base-2 logarithm of its natural alignment in bytes. */
  readonly align: number;
}

const parsed = new Map<string, Instruction>();

/** Reads a line of the tables below, `fd e4: v128 v128 -> v128`, once. */
export function parseInstruction(description: string): Instruction {
  let instruction = parsed.get(description);
  if (instruction === undefined) {
    instruction = parse(description);
    parsed.set(description, instruction);
  }
  return instruction;
}

function parse(description: string): Instruction {
  const match = /^([0-9a-f]{2})(?: ([0-9a-f]+))?: (.*?) ?->(.*?)(?:, align (\d))?$/.exec(description)!;
  const [opcode, number, takes, gives, align] = match.slice(1);
  const types = (list: string): ValueType[] => list.trim().split(' ').filter(Boolean) as ValueType[];
  return {
    code: [parseInt(opcode!, 16), ...(number === undefined ? [] : unsigned(parseInt(number, 16)))],
    takes: types(takes!),
    gives: types(gives!),
    align: Number(align ?? 0),
  };
}

/** Instructions without immediates. */
export const plainInstructions = {
  'i32.eqz': '45: i32 -> i32',
  'i32.eq': '46: i32 i32 -> i32',
  'i32.lt_u': '49: i32 i32 -> i32',
  'i32.gt_u': '4b: i32 i32 -> i32',
  'i32.le_u': '4d: i32 i32 -> i32',
  'i32.ge_u': '4f: i32 i32 -> i32',
  'i32.add': '6a: i32 i32 -> i32',
  'i32.sub': '6b: i32 i32 -> i32',
  'i32.mul': '6c: i32 i32 -> i32',
  'i32.div_u': '6e: i32 i32 -> i32',
  'i32.and': '71: i32 i32 -> i32',
  'i32.shr_u': '76: i32 i32 -> i32',
  'f32.eq': '5b: f32 f32 -> i32',
  'f32.lt': '5d: f32 f32 -> i32',
  'f32.gt': '5e: f32 f32 -> i32',
  'f32.abs': '8b: f32 -> f32',
  'f32.ceil': '8d: f32 -> f32',
  'f32.floor': '8e: f32 -> f32',
  'f32.add': '92: f32 f32 -> f32',
  'f32.sub': '93: f32 f32 -> f32',
  'f32.mul': '94: f32 f32 -> f32',
  'f32.div': '95: f32 f32 -> f32',
  'f32.min': '96: f32 f32 -> f32',
  'f32.max': '97: f32 f32 -> f32',
  'f64.add': 'a0: f64 f64 -> f64',
  'f64.mul': 'a2: f64 f64 -> f64',
  'f64.div': 'a3: f64 f64 -> f64',
  'f32.convert_i32_u': 'b3: i32 -> f32',
  'f32.demote_f64': 'b6: f64 -> f32',
  'i32.trunc_sat_f32_s': 'fc 0: f32 -> i32',

  'i32x4.splat': 'fd 11: i32 -> v128',
  'f32x4.splat': 'fd 13: f32 -> v128',
  'f32x4.lt': 'fd 43: v128 v128 -> v128',
  'f32x4.gt': 'fd 44: v128 v128 -> v128',
  'v128.and': 'fd 4e: v128 v128 -> v128',
  'v128.andnot': 'fd 4f: v128 v128 -> v128',
  'v128.or': 'fd 50: v128 v128 -> v128',
  'v128.xor': 'fd 51: v128 v128 -> v128',
  'v128.bitselect': 'fd 52: v128 v128 v128 -> v128',
  'f32x4.floor': 'fd 68: v128 -> v128',
  'f32x4.nearest': 'fd 6a: v128 -> v128',
  'f64x2.promote_low_f32x4': 'fd 5f: v128 -> v128',
  'i32x4.extend_low_i16x8_u': 'fd a9: v128 -> v128',
  'i32x4.extend_high_i16x8_u': 'fd aa: v128 -> v128',
  'i32x4.shl': 'fd ab: v128 i32 -> v128',
  'i32x4.shr_s': 'fd ac: v128 i32 -> v128',
  'i32x4.shr_u': 'fd ad: v128 i32 -> v128',
  'i32x4.add': 'fd ae: v128 v128 -> v128',
  'i32x4.sub': 'fd b1: v128 v128 -> v128',
  'i32x4.eq': 'fd 37: v128 v128 -> v128',
  'i32x4.lt_u': 'fd 3a: v128 v128 -> v128',
  'f32x4.abs': 'fd e0: v128 -> v128',
  'f32x4.neg': 'fd e1: v128 -> v128',
  'f32x4.sqrt': 'fd e3: v128 -> v128',
  'f32x4.add': 'fd e4: v128 v128 -> v128',
  'f32x4.sub': 'fd e5: v128 v128 -> v128',
  'f32x4.mul': 'fd e6: v128 v128 -> v128',
  'f32x4.div': 'fd e7: v128 v128 -> v128',
  'f32x4.max': 'fd e9: v128 v128 -> v128',
  'f32x4.min': 'fd e8: v128 v128 -> v128',
  'f32x4.pmax': 'fd eb: v128 v128 -> v128',
  'f64x2.add': 'fd f0: v128 v128 -> v128',
  'f64x2.mul': 'fd f2: v128 v128 -> v128',
  'i32x4.trunc_sat_f32x4_s': 'fd f8: v128 -> v128',
  'f32x4.convert_i32x4_s': 'fd fa: v128 -> v128',
  'f32x4.convert_i32x4_u': 'fd fb: v128 -> v128',
  'f32x4.relaxed_madd': 'fd 105: v128 v128 v128 -> v128',
} as const;
export type PlainName = keyof typeof plainInstructions;

/** Loads and stores: they take an address and have an offset. */
export const memoryInstructions = {
  'i32.load': '28: i32 -> i32, align 2',
  'f32.load': '2a: i32 -> f32, align 2',
  'i32.load8_u': '2d: i32 -> i32, align 0',
  'i32.store': '36: i32 i32 ->, align 2',
  'f32.store': '38: i32 f32 ->, align 2',
  'v128.load': 'fd 0: i32 -> v128, align 4',
  'v128.load8x8_u': 'fd 2: i32 -> v128, align 3',
  'v128.load32_splat': 'fd 9: i32 -> v128, align 2',
  'v128.store': 'fd b: i32 v128 ->, align 4',
  'v128.load32_zero': 'fd 5c: i32 -> v128, align 2',
  'v128.load64_zero': 'fd 5d: i32 -> v128, align 3',
} as const;
export type MemoryName = keyof typeof memoryInstructions;

/** Instructions that name a lane. */
export const laneInstructions = {
  'f32x4.extract_lane': 'fd 1f: v128 -> f32',
  'f32x4.replace_lane': 'fd 20: v128 f32 -> v128',
  'i32x4.extract_lane': 'fd 1b: v128 -> i32',
  'f64x2.extract_lane': 'fd 21: v128 -> f64',
} as const;
export type LaneName = keyof typeof laneInstructions;

/** Loads and stores of a single lane: they take an address and a vector. */
export const memoryLaneInstructions = {
  'v128.load32_lane': 'fd 56: i32 v128 -> v128, align 2',
  'v128.store32_lane': 'fd 5a: i32 v128 ->, align 2',
  'v128.store64_lane': 'fd 5b: i32 v128 ->, align 3',
} as const;
export type MemoryLaneName = keyof typeof memoryLaneInstructions;
