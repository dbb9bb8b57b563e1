import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '../src/data/idx/idx.ts';
import { ImageError } from '../src/data/pictures/image-error.ts';
import { ModelError } from '../src/model/layer-list.ts';
import { WeightsError } from '../src/model/safetensors.ts';
import { RunError } from '../src/run/errors.ts';

for (const Kind of [DataError, ImageError, ModelError, WeightsError, RunError]) {
  test(`${Kind.name}: what it quotes makes neither lines nor colours, nor a message without an end`, () => {
    const cause = new Error('the cause');
    const error = new Kind(`a.txt: found "\u001b[31m\nred ${'x'.repeat(5000)}", expected 3`, { cause });
    assert.is(error.name, Kind.name);
    assert.is(error.cause, cause);
    assert.match(error.message, /^a\.txt: found "\\x1b\[31m red x+…x+", expected 3$/);
    assert.is(error.message.length, 300);
  });
}

test.run();
