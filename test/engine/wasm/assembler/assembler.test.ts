import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { signed, unsigned } from '../../../../src/engine/wasm/assembler/bytes.ts';
import type { FunctionBuilder } from '../../../../src/engine/wasm/assembler/function-builder.ts';
import {
  type Instruction,
  laneInstructions,
  memoryInstructions,
  memoryLaneInstructions,
  parseInstruction,
  plainInstructions,
  type ValueType,
} from '../../../../src/engine/wasm/assembler/instructions.ts';
import { ModuleBuilder } from '../../../../src/engine/wasm/assembler/module-builder.ts';

const memory = { initial: 1, maximum: 2, shared: true };

/** The instructions of a module, as the WebAssembly Binary Toolkit disassembles it, one a line. */
async function disassemble(module: ModuleBuilder): Promise<string[]> {
  const features = { simd: true, threads: true, relaxed_simd: true };
  const toolkit = await wabt();
  const decoded = toolkit.readWasm(module.encode(), { readDebugNames: true, ...features });
  return decoded
    .toText({ foldExprs: false, inlineExport: false })
    .split('\n')
    .map((line) => line.trim().replace(/\)+$/, ''));
}

/** The bytes of unsigned LEB128, read as the specification says. */
function decodeUnsigned(bytes: readonly number[]): number {
  return bytes.reduce((value, byte, index) => value + (byte & 0x7f) * 2 ** (7 * index), 0);
}

function decodeSigned(bytes: readonly number[]): number {
  const bits = 7 * bytes.length;
  const value = bytes.reduce((sum, byte, index) => sum + BigInt(byte & 0x7f) * 2n ** BigInt(7 * index), 0n);
  return Number(BigInt.asIntN(bits, value));
}

test('LEB128: decoding gives back every number, in as few bytes as can be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
      assert.is(decodeUnsigned(unsigned(value)), value);
      assert.is(unsigned(value).length, Math.max(1, Math.ceil(value.toString(2).length / 7)));
    }),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
      assert.is(decodeSigned(signed(value)), value);
    }),
    { seed: 1 },
  );
  assert.equal(
    [unsigned(624_485), signed(-123_456)],
    [
      [0xe5, 0x8e, 0x26],
      [0xc0, 0xbb, 0x78],
    ],
  );
});

function pushConstant(code: FunctionBuilder, type: ValueType): void {
  if (type === 'i32') code.i32(16);
  else if (type === 'f32') code.f32(1.5);
  else if (type === 'f64') code.f64(2.5);
  else code.f32x4(3);
}

/** A function that carries out one instruction on constants and puts its result into a local. */
function exercise(
  module: ModuleBuilder,
  name: string,
  { takes, gives }: Instruction,
  emit: (code: FunctionBuilder) => void,
): void {
  const code = module.function(name, []);
  for (const type of takes) pushConstant(code, type);
  emit(code);
  for (const type of gives) code.set(code.local(type, 'result'));
}

test('every instruction in the tables validates, and the disassembler reads it under its name', async () => {
  const module = new ModuleBuilder(memory);
  const names: string[] = [];
  const add = (
    table: Readonly<Record<string, string>>,
    emit: (code: FunctionBuilder, name: never) => void,
  ): void => {
    for (const [name, description] of Object.entries(table)) {
      names.push(name);
      exercise(module, name, parseInstruction(description), (code) => emit(code, name as never));
    }
  };
  add(plainInstructions, (code, name) => code.op(name));
  add(memoryInstructions, (code, name) => code.memory(name, 32));
  add(laneInstructions, (code, name) => code.lane(name, 1));
  add(memoryLaneInstructions, (code, name) => code.memoryLane(name, 1, 32));
  assert.ok(WebAssembly.validate(module.encode()));
  const lines = await disassemble(module);
  for (const name of names) {
    const start = lines.findIndex((line) => line.startsWith(`(func $${name} `));
    const body = lines.slice(start + 1, start + 12);
    const end = body.findIndex((line) => line.startsWith('(func'));
    const found = body.slice(0, end < 0 ? undefined : end).some((line) => line.split(' ')[0] === name);
    assert.ok(start >= 0 && found, `${name}: ${body.join(' | ')}`);
  }
});

test('every instruction in the tables is used by a kernel', () => {
  const root = join(import.meta.dirname, '../../../..');
  const sources = globSync(['src/engine/wasm/**/*.ts', 'bench/**/*.ts'], { cwd: root })
    .filter((file) => !file.endsWith('instructions.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'));
  const tables = [plainInstructions, memoryInstructions, laneInstructions, memoryLaneInstructions];
  const names = tables.flatMap((table) => Object.keys(table));
  assert.equal(
    names.filter((name) => !sources.some((source) => source.includes(`'${name}'`))),
    [],
  );
});

test('the print-out names the same instructions as the disassembler, with blocks, branches and constants', async () => {
  const module = new ModuleBuilder(memory);
  const helper = module.function('helper', [['x', 'i32']], { results: ['i32'] });
  helper.get(helper.parameter(0));
  const code = module.function('sum', [['count', 'i32']], { results: ['i32'], export: true });
  const sum = code.local('i32', 'sum');
  const count = code.parameter(0);
  code.block((done) => {
    code.loop((again) => {
      code.get(count).op('i32.eqz').br_if(done);
      code.get(sum).get(count).call(helper).op('i32.add').set(sum);
      code
        .get(count)
        .i32(-1)
        .op('i32.add')
        .tee(count)
        .if(() => code.i32(8).get(sum).memory('i32.store', 4));
      code.br(again);
    });
  });
  code.get(sum);
  const mnemonics = (lines: readonly string[]): string[] =>
    lines.map((line) => line.trim().split(' ')[0]!).filter((word) => /^[a-z]/.test(word));
  assert.equal(mnemonics(module.print().split('\n')), mnemonics(await disassemble(module)));
});

test('the module runs: a loop with a branch sums 1 … n in memory', () => {
  const module = new ModuleBuilder(memory);
  const code = module.function('sum', [['n', 'i32']], { results: ['i32'], export: true });
  const [n, total] = [code.parameter(0), code.local('i32', 'total')];
  code.loop((again) => {
    code.get(total).get(n).op('i32.add').set(total);
    code.get(n).i32(1).op('i32.sub').tee(n).br_if(again);
  });
  code.get(total);
  const shared = new WebAssembly.Memory(memory);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
    env: { memory: shared },
  });
  assert.is((exports['sum'] as (n: number) => number)(100), 5050);
});

test('mistakes throw at their own line and say what the stack holds', () => {
  const fresh = (): FunctionBuilder => new ModuleBuilder(memory).function('f', [['x', 'i32']]);
  const cases: [(code: FunctionBuilder) => unknown, RegExp][] = [
    [(code) => code.op('f32.add'), /f32\.add takes \[f32 f32\], the stack has \[\]/],
    [(code) => code.i32(1).f32(1).op('i32.add'), /i32\.add takes \[i32 i32\], the stack has \[i32 f32\]/],
    [(code) => code.i32(1).encode(), /values are left on the stack: i32/],
    [(code) => code.block(() => code.i32(1)), /block leaves 1 values on the stack/],
    [(code) => code.i32(1).block(() => code.op('i32.eqz')), /i32\.eqz takes \[i32\], the stack has \[\]/],
    [(code) => code.block((label) => code.br(label).i32(1)), /i32\.const can never run: it follows a branch/],
    [(code) => code.f32x4(1).f32x4(1).shuffle([1, 2, 3]), /takes 16 lanes/],
    [(code) => code.parameter(1), /there is no parameter 1/],
  ];
  for (const [act, message] of cases) assert.throws(() => act(fresh()), message);
});

test('a label changes the bytes and nothing else', () => {
  const build = (label: string): Uint8Array<ArrayBuffer> => {
    const module = new ModuleBuilder(memory, label);
    module.function('f', [], { export: true });
    return module.encode();
  };
  assert.not.equal(build('a'), build('b'));
  assert.ok(WebAssembly.validate(build('a')));
});

test('a function that several places need is built once', () => {
  const module = new ModuleBuilder(memory);
  const build = (): FunctionBuilder => module.function('shared', []);
  assert.is(module.once('shared', build), module.once('shared', build));
  assert.is(module.print().split('(func ').length - 1, 1);
});

test.run();
