import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readIdxFolder } from '../../../src/data/idx/idx-folder.ts';
import { DataError, readIdx } from '../../../src/data/idx/idx.ts';
import { idxBytes, temporaryFolder, writeTinyDataset } from '../../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
}

const values = Uint8Array.from({ length: 24 }, (_, i) => i);

test('reads plain and gzipped files', () => {
  const bytes = idxBytes([2, 3, 4], values);
  for (const [name, stored] of [
    ['plain', bytes],
    ['zipped.gz', gzipSync(bytes)],
  ] as const) {
    const { shape, values: read } = readIdx(write(name, stored), 3, 'images');
    assert.equal(shape, [2, 3, 4]);
    assert.equal([...read], [...values]);
  }
});

const whole = idxBytes([2, 3, 4], values);
const failures: [string, Uint8Array, RegExp][] = [
  ['cut.gz', gzipSync(whole).subarray(0, 30), /^cut\.gz: the gzip data are damaged or cut short .*fetch/],
  ['short', whole.subarray(0, 30), /header says \[2, 3, 4\], that is 24 bytes of images; found 14$/],
  ['trailing', Buffer.concat([whole, Buffer.alloc(1)]), /that is 24 bytes of images; found 25$/],
  ['magic', Buffer.from('PNG not IDX'), /expected an IDX file .*, found 504e4720$/],
  [
    'type',
    idxBytes([2, 3, 4], values, 0x0d),
    /expected elements of type 0x08 \(unsigned byte\), found type 0x0d/,
  ],
  ['swapped', idxBytes([24], values), /expected images with 3 dimensions, found 1 .*swapped/],
  ['header', Buffer.from([0, 0, 8, 3, 0, 0]), /expected a header of 16 bytes, found 6 bytes in all/],
  [
    'huge',
    idxBytes([65536, 256, 256], Buffer.alloc(1000)),
    /that is 4294967296 bytes of images; at most 1073741824 are read/,
  ],
  ['empty', Buffer.alloc(0), /found an empty file/],
  [
    'bomb.gz',
    gzipSync(Buffer.concat([whole, Buffer.alloc(50_000_000)])),
    /header says \[2, 3, 4\], that is 24 bytes of images; found more$/,
  ],
  ['less.gz', gzipSync(whole.subarray(0, 30)), /that is 24 bytes of images; found 14$/],
  [
    'two-gigabytes.gz',
    gzipSync(idxBytes([2000, 1000, 1000], Buffer.alloc(1000))),
    /that is 2000000000 bytes of images; at most 1073741824 are read$/,
  ],
  ['text.gz', gzipSync(Buffer.alloc(50_000_000, 'weft')), /expected an IDX file .*, found 77656674$/],
  ['header.gz', gzipSync(Buffer.from([0, 0, 8, 3, 0, 0])), /expected a header of 16 bytes, found 6 bytes/],
  ['not.gz', Buffer.from('1f8b08ff00', 'hex'), /^not\.gz: the gzip data are damaged or cut short/],
  ['none', idxBytes([0, 28, 28], Buffer.alloc(0)), /contains no images/],
];
for (const [name, bytes, message] of failures) {
  test(`a file that is wrong (${name}) is refused in one line that names it`, () => {
    const path = write(name, bytes);
    assert.throws(
      () => readIdx(path, 3, 'images'),
      (error: unknown) =>
        error instanceof DataError &&
        error.message.includes(name) &&
        message.test(error.message) &&
        !error.message.includes('\n'),
    );
  });
}

test('a missing file and a folder in its place are refused', () => {
  assert.throws(() => readIdx(join(folder.path, 'nowhere'), 3, 'images'), /nowhere: cannot read images/);
  assert.throws(() => readIdx(folder.path, 3, 'images'), /cannot read images: this is a folder, not a file$/);
});

function datasetFolder(name: string, change: (path: string) => void): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  writeTinyDataset(path, 20, 10);
  change(path);
  return path;
}

test('a folder of IDX files becomes a data set with channels, classes and checksums', () => {
  const { train, test: held, classNames, checksums } = readIdxFolder(datasetFolder('good', () => {}));
  assert.equal(train.x.shape, [20, 6, 6, 1]);
  assert.equal(held.y.shape, [10]);
  assert.equal(classNames.length, 10);
  assert.equal(Object.keys(checksums).length, 4);
});

/** A data set of images of 2×3 with the given labels. */
function labelled(name: string, trainLabels: number[], testLabels: number[], classes?: string): string {
  return datasetFolder(name, (path) => {
    for (const [part, labels] of [
      ['train', trainLabels],
      ['t10k', testLabels],
    ] as const) {
      const { length } = labels;
      const images = idxBytes([length, 2, 3], Buffer.alloc(length * 6));
      writeFileSync(join(path, `${part}-images-idx3-ubyte.gz`), gzipSync(images));
      writeFileSync(join(path, `${part}-labels-idx1-ubyte`), idxBytes([length], Uint8Array.from(labels)));
    }
    if (classes !== undefined) writeFileSync(join(path, 'classes.txt'), classes);
  });
}

test('the labels say how many classes there are: two, letters from 1 to 26, 256', () => {
  const count = (...labels: number[]): number =>
    readIdxFolder(labelled(`count-${labels.at(-1)}`, labels, labels)).classNames.length;
  assert.is(count(0, 1), 2);
  assert.is(count(1, 26), 27);
  assert.is(count(7, 255), 256);
});

test('classes.txt names them, those without an image too, and is among the checksums', () => {
  const { classNames, checksums } = readIdxFolder(
    labelled('named', [0, 1], [1], 'cat\r\nsmall dog\n owl\n\n'),
  );
  assert.equal(classNames, ['cat', 'small dog', 'owl']);
  assert.match(checksums['classes.txt']!, /^[0-9a-f]{64}$/);
});

const classFailures: [string, Parameters<typeof labelled>[1], number[], string | undefined, RegExp][] = [
  [
    'one class',
    [0, 0],
    [0],
    undefined,
    /one class: all training labels are 0; classification needs at least two/,
  ],
  [
    'too few names',
    [0, 2],
    [0],
    'a\nb',
    /expected training labels from 0 to 1, for 2 classes; found 2 at position 1/,
  ],
  ['one name', [0, 1], [0], 'a\n', /^classes\.txt: expected from 2 to 256 names of classes, found 1$/],
  ['an empty list', [0, 1], [0], '', /^classes\.txt: .* found an empty one in line 1$/],
  ['an empty first line', [0, 1], [0], '\na\nb', /^classes\.txt: .* found an empty one in line 1$/],
  ['an empty line', [0, 1], [0], 'a\n\nb', /^classes\.txt: .* found an empty one in line 2$/],
  ['a name twice', [0, 1], [0], 'a\nb\na', /^classes\.txt: .* found "a" a second time in line 3$/],
  [
    'a name of control characters twice',
    [0, 1],
    [0],
    `\u001b[31m${'x'.repeat(999)}\n`.repeat(2),
    /^classes\.txt: .* found "\\x1b\[31mx+…x+" a second time in line 2$/,
  ],
  [
    '257 names',
    [0, 1],
    [0],
    Array.from({ length: 257 }, (_, i) => i).join('\n'),
    /from 2 to 256 names .* found 257$/,
  ],
];
for (const [name, trainLabels, testLabels, classes, message] of classFailures) {
  test(`classes that make no sense (${name}) are refused`, () => {
    assert.throws(
      () => readIdxFolder(labelled(name, trainLabels, testLabels, classes)),
      (error: Error) =>
        error instanceof DataError && message.test(error.message) && !error.message.includes('\n'),
    );
  });
}

const folderFailures: [string, (path: string) => void, RegExp][] = [
  [
    'counts',
    (path) => writeFileSync(join(path, 'train-labels-idx1-ubyte'), idxBytes([24], values.fill(1))),
    /train-images-idx3-ubyte\.gz has 20 images, train-labels-idx1-ubyte 24 labels/,
  ],
  [
    'labels',
    (path) => writeFileSync(join(path, 't10k-labels-idx1-ubyte'), idxBytes([10], Buffer.alloc(10, 11))),
    /labels: expected test labels from 0 to 9, for 10 classes; found 11 at position 0/,
  ],
  [
    'sizes',
    (path) => writeFileSync(join(path, 't10k-images-idx3-ubyte.gz'), idxBytes([10, 2, 2], Buffer.alloc(40))),
    /training images are \[6, 6, 1\], test images \[2, 2, 1\]/,
  ],
  [
    'pipes',
    (path) => execFileSync('mkfifo', [join(path, 'classes.txt')]),
    /classes\.txt: cannot read the names of the classes: this is a device or a pipe, not a regular file$/,
  ],
  [
    'pipe of sums',
    (path) => execFileSync('mkfifo', [join(path, 'SHA256SUMS')]),
    /SHA256SUMS: cannot read the checksums: this is a device or a pipe, not a regular file$/,
  ],
  [
    'images as a pipe',
    (path) => {
      rmSync(join(path, 'train-images-idx3-ubyte.gz'));
      execFileSync('mkfifo', [join(path, 'train-images-idx3-ubyte')]);
    },
    /cannot read images: this is a device or a pipe, not a regular file$/,
  ],
  [
    'sums',
    (path) => writeFileSync(join(path, 'SHA256SUMS'), `${'0'.repeat(64)}  train-labels-idx1-ubyte\n`),
    /train-labels-idx1-ubyte: expected SHA-256 0{64} .*, found [0-9a-f]{64}/,
  ],
];
for (const [name, change, message] of folderFailures) {
  test(`a folder that does not fit together (${name}) is refused`, () => {
    assert.throws(() => readIdxFolder(datasetFolder(name, change)), message);
  });
}

test('a checksum for a file of any name does not matter', () => {
  const path = datasetFolder('other sums', (folderPath) =>
    writeFileSync(
      join(folderPath, 'SHA256SUMS'),
      `${'0'.repeat(64)}  __proto__\n\n${'0'.repeat(64)}  toString\n`,
    ),
  );
  assert.is(readIdxFolder(path).train.y.size, 20);
});

test('a folder that is missing or lacks a file is refused', () => {
  assert.throws(() => readIdxFolder(join(folder.path, 'absent')), /absent: no such folder/);
  mkdirSync(join(folder.path, 'bare'));
  assert.throws(
    () => readIdxFolder(join(folder.path, 'bare')),
    /expected a file train-images-idx3-ubyte\.gz or/,
  );
});

test.run();
