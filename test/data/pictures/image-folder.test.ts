import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splitValidation } from '../../../src/data/batches.ts';
import type { LabelledImages } from '../../../src/data/examples.ts';
import { DataError } from '../../../src/data/idx/idx.ts';
import { ImageError } from '../../../src/data/pictures/image-error.ts';
import { readImageFolder } from '../../../src/data/pictures/image-folder.ts';
import { readDataset } from '../../../src/data/read-dataset.ts';
import { temporaryFolder, writeTinyDataset } from '../../helpers/idx-file.ts';
import { pngFile } from '../../helpers/png-file.ts';
import { type Colour, writeColourFolder, writePicture } from '../../helpers/picture-folder.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

/** A new folder, with a picture of one colour for each path; a number is a shade of grey. */
function pictures(
  name: string,
  colours: Readonly<Record<string, Colour | number>>,
  size: { width: number; height: number } = { width: 3, height: 2 },
): string {
  const path = join(folder.path, name);
  for (const [file, colour] of Object.entries(colours)) {
    writePicture(join(path, file), size, () =>
      typeof colour === 'number' ? [colour, colour, colour] : colour,
    );
  }
  return path;
}

/** `a/0.png` … with shades first, first + 1 …, which tell them apart. */
function shades(part: string, count: number, first: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${part}/${i}.png`, first + i]));
}

/** The first byte of each image, with its label. */
function contents({ x: images, y: labels }: LabelledImages): [number, number][] {
  const length = images.size / labels.size;
  return Array.from(labels.values, (label, i) => [images.values[i * length]!, label]);
}

const byByte = (a: [number, number], b: [number, number]): number => a[0] - b[0] || a[1] - b[1];

test('a folder for each class: names sorted, every fifth picture for the test, the rest in an order that mixes', () => {
  const path = pictures('classes', { ...shades('b', 10, 100), ...shades('B', 11, 50), ...shades('a', 6, 0) });
  writeFileSync(join(path, 'notes.txt'), 'beside the folders');
  writeFileSync(join(path, 'a/.DS_Store'), 'hidden');
  writeFileSync(join(path, 'a/Thumbs.db'), 'hidden, too');
  mkdirSync(join(path, '.git'));
  const { name, classNames, train, test: held, pictures: format, remarks } = readImageFolder(path);
  assert.is(name, 'classes');
  assert.equal(classNames, ['B', 'a', 'b'], 'capitals before small letters, as in C');
  assert.equal(train.x.shape, [22, 2, 3, 1]);
  assert.equal(format, { imageSize: { width: 3, height: 2 }, channels: 'grey' });
  // names sort as text: 0 1 10 2 3 | 4 5 6 7 8 | 9
  assert.equal(contents(held).toSorted(byByte), [
    [4, 1],
    [53, 0],
    [58, 0],
    [104, 2],
    [109, 2],
  ]);
  const expected = [0, 1, 2, 3, 5].map((byte) => [byte, 1]);
  assert.equal(contents(train).toSorted(byByte).slice(0, 5), expected);
  assert.equal(remarks, ['no folder test: every fifth picture of each class, by name, is a test image']);
});

test('the last fifth of the training images, which validates, has all classes; the order is always the same', () => {
  const path = pictures('mixed', { ...shades('a', 40, 0), ...shades('b', 40, 50), ...shades('c', 40, 100) });
  const { train } = readImageFolder(path);
  const { validation } = splitValidation(train.y.size, 0.2);
  const counts = [0, 0, 0];
  for (const position of validation) counts[train.y.values[position]!]! += 1;
  assert.ok(
    counts.every((count) => count >= 3),
    counts.join(),
  );
  assert.equal(contents(readImageFolder(path).train), contents(train));
});

test('folders train and test: labels by the classes of train, what lies beside is said not to be read', () => {
  const path = pictures('parts', {
    ...shades('train/cat', 3, 0),
    ...shades('train/dog', 2, 10),
    ...shades('test/dog', 1, 20),
    ...shades('valid/dog', 1, 30),
  });
  const { classNames, train, test: held, remarks } = readImageFolder(path);
  assert.equal(classNames, ['cat', 'dog']);
  assert.equal(contents(train).toSorted(byByte), [
    [0, 0],
    [1, 0],
    [2, 0],
    [10, 1],
    [11, 1],
  ]);
  assert.equal(contents(held), [[20, 1]]);
  assert.equal(remarks, ['not read: valid; only train and test are read']);
});

test('train alone is split; a class may be called train', () => {
  const alone = readImageFolder(
    pictures('alone', { ...shades('train/a', 5, 0), ...shades('train/b', 4, 9) }),
  );
  assert.equal(contents(alone.test), [[4, 0]]);
  const vehicles = readImageFolder(
    pictures('vehicles', { ...shades('train', 5, 0), ...shades('test', 1, 9) }),
  );
  assert.equal(vehicles.classNames, ['test', 'train']);
});

test('colour: rgb if a single picture has one, in [height, width, 3]; or as asked', () => {
  const path = pictures('colour', {
    ...shades('a', 5, 10),
    ...shades('b', 9, 50),
    'b/9.png': [200, 100, 50],
  });
  const { train, test: held, pictures: format } = readImageFolder(path);
  assert.equal([train.x.shape, format!.channels], [[12, 2, 3, 3], 'rgb']);
  const colours = Array.from({ length: 3 }, (_, i) => [...held.x.values.subarray(i * 18, i * 18 + 3)].join());
  assert.equal(colours.toSorted(), ['14,14,14', '200,100,50', '54,54,54']);
  const grey = readImageFolder(path, { channels: 'grey' });
  assert.equal(grey.test.x.shape, [3, 2, 3, 1]);
  // 0.299·200 + 0.587·100 + 0.114·50 = 124.2
  assert.equal(
    contents(grey.test)
      .map(([byte]) => byte)
      .toSorted((a, b) => a - b),
    [14, 54, 124],
  );
  assert.equal(
    readImageFolder(pictures('grey', { ...shades('a', 5, 1), ...shades('b', 5, 1) }), { channels: 'rgb' })
      .train.x.shape,
    [8, 2, 3, 3],
  );
});

test('size: their own, 28×28 if they differ, which is said, or as asked', () => {
  const path = pictures('sizes', { ...shades('a', 5, 10), ...shades('b', 5, 50) });
  assert.equal(readImageFolder(path, { imageSize: { width: 5, height: 4 } }).train.x.shape, [8, 4, 5, 1]);
  writePicture(join(path, 'b/5.jpg'), { width: 30, height: 60 }, () => [250, 250, 250]);
  const { train, pictures: format, remarks } = readImageFolder(path);
  assert.equal(train.x.shape, [9, 28, 28, 1]);
  assert.equal(format!.imageSize, { width: 28, height: 28 });
  assert.match(remarks![1]!, /^pictures of different sizes, (2×3 and 60×30|60×30 and 2×3): made 28×28$/);
});

test('sizes and colours that differ at once', () => {
  const path = pictures('both', { ...shades('a', 5, 10), 'b/0.png': [1, 2, 3] });
  writePicture(join(path, 'b/1.png'), { width: 4, height: 4 }, () => [3, 2, 1]);
  const { train, remarks } = readImageFolder(path);
  assert.equal(train.x.shape, [6, 28, 28, 3]);
  assert.is(remarks!.length, 2);
});

test('the checksum is that of what sha256sum prints, and follows every byte and name', () => {
  const path = pictures('sums', { ...shades('a', 5, 10), ...shades('b', 2, 50) });
  const hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
  const line = (name: string): string => `${hex(readFileSync(join(path, name)))}  ${name}\n`;
  const order = ['a/0.png', 'a/1.png', 'a/2.png', 'a/3.png', 'a/4.png', 'b/0.png', 'b/1.png'];
  const sum = (): string => readImageFolder(path).checksums['pictures']!;
  assert.is(sum(), hex(order.map(line).join('')));
  const before = sum();
  writePicture(join(path, 'b/1.png'), { width: 3, height: 2 }, () => [52, 52, 52]);
  assert.not.equal(sum(), before);
});

test('links to folders and files are followed', () => {
  const path = pictures('linked', { ...shades('a', 5, 10), ...shades('b', 4, 50) });
  symlinkSync(join(path, 'a'), join(path, 'c'));
  symlinkSync(join(path, 'a/0.png'), join(path, 'b/4.png'));
  assert.equal(contents(readImageFolder(path).test).toSorted(byByte), [
    [10, 1],
    [14, 0],
    [14, 2],
  ]);
});

test('progress is told for each picture', () => {
  const told: [number, number][] = [];
  const path = pictures('progress', { ...shades('a', 5, 10), ...shades('b', 2, 50) });
  readImageFolder(path, { onProgress: (done, total) => told.push([done, total]) });
  assert.equal(
    told,
    Array.from({ length: 7 }, (_, i) => [i + 1, 7]),
  );
});

test('the folder says what it is: IDX files or pictures', () => {
  const idx = join(folder.path, 'idx');
  mkdirSync(join(idx, 'notes'), { recursive: true });
  writeTinyDataset(idx, 20, 10);
  assert.is(readDataset(idx).pictures, undefined);
  writeColourFolder(join(folder.path, 'colours'), 5);
  assert.equal(readDataset(join(folder.path, 'colours')).train.x.shape, [12, 7, 9, 3]);
});

const text = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'GIF89a, no picture');
};

const failures: [string, (path: string) => void, RegExp][] = [
  [
    'nothing',
    (path) => mkdirSync(path),
    /nothing: expected the IDX files .* or a folder of PNG or JPEG files .*; found neither$/,
  ],
  ['files alone', (path) => text(join(path, 'a.png')), /files alone: expected the IDX files/],
  [
    'one class',
    () => pictures('one class', shades('a', 6, 0)),
    /one class.a: the only folder of a class; classification needs at least two/,
  ],
  [
    'an empty class',
    (path) => {
      pictures('an empty class', shades('a', 6, 0));
      mkdirSync(join(path, 'b'));
      writeFileSync(join(path, 'b/.hidden'), '');
    },
    /an empty class.b: no picture in the folder of this class$/,
  ],
  [
    'no picture',
    (path) => {
      pictures('no picture', { ...shades('a', 6, 0), ...shades('b', 1, 0) });
      text(join(path, 'b/readme.txt'));
    },
    /no picture.b.readme\.txt: GIF, which weft does not read: it reads PNG and JPEG; convert it/,
  ],
  [
    'a pipe',
    (path) => {
      pictures('a pipe', { ...shades('a', 6, 0), ...shades('b', 1, 0) });
      execFileSync('mkfifo', [join(path, 'b/1.png')]);
    },
    /a pipe.b.1\.png: cannot read the picture: this is a device or a pipe, not a regular file$/,
  ],
  [
    'pixels that end early',
    (path) => {
      pictures('pixels that end early', { ...shades('a', 6, 0), ...shades('b', 3, 0) });
      writeFileSync(join(path, 'b/1.png'), pngFile({ width: 3, height: 2 }, Buffer.alloc(7)));
    },
    /pixels that end early.b.1\.png: a damaged PNG: its pixel data end early$/,
  ],
  [
    'too deep',
    () => pictures('too deep', { ...shades('a', 6, 0), ...shades('b/c', 1, 0) }),
    /too deep.b.c: expected a PNG or JPEG file, found a folder inside the folder of a class$/,
  ],
  [
    'too few',
    () => pictures('too few', { ...shades('a', 4, 0), ...shades('b', 1, 0) }),
    /too few: there are no test images: every 5th picture of a class is one, and no class has 5 pictures; add pictures/,
  ],
  [
    'a stranger',
    () =>
      pictures('a stranger', {
        ...shades('train/a', 1, 0),
        ...shades('train/b', 1, 0),
        ...shades('test/c', 1, 0),
      }),
    /a stranger.test.c: a class without a folder in .*train$/,
  ],
  [
    'a dead link',
    (path) => {
      pictures('a dead link', { ...shades('a', 6, 0), ...shades('b', 1, 0) });
      symlinkSync(join(path, 'gone'), join(path, 'b/link.png'));
      symlinkSync(join(path, 'gone'), join(path, 'beside'));
    },
    /a dead link.b.link\.png: cannot read the picture: no such file$/,
  ],
  [
    'an empty test',
    (path) => {
      pictures('an empty test', { ...shades('train/a', 1, 0), ...shades('train/b', 1, 0) });
      mkdirSync(join(path, 'test'));
    },
    /an empty test.test: no folders of classes; remove it/,
  ],
  [
    'many classes',
    () =>
      pictures('many classes', Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`c${i}/0.png`, 0]))),
    /many classes: 257 folders of classes; there may be at most 256, since a label is a byte$/,
  ],
];
for (const [name, make, message] of failures) {
  test(`a folder with ${name} is refused in one line`, () => {
    const path = join(folder.path, name);
    make(path);
    assert.throws(
      () => readDataset(path),
      (error: Error) =>
        (error instanceof DataError || error instanceof ImageError) &&
        message.test(error.message) &&
        !error.message.includes('\n'),
    );
  });
}

test('more pixels than fit are refused before they are read', () => {
  const path = pictures('large', { ...shades('a', 5, 0), ...shades('b', 20, 0) });
  assert.throws(
    () => readImageFolder(path, { imageSize: { width: 4096, height: 4096 }, channels: 'rgb' }),
    /large: its pictures as \[25, 4096, 4096, 3\] take 1\.17 GiB, more than the 1 GiB for images; choose a smaller/,
  );
});

test('a folder that is missing, or a file, is refused', () => {
  assert.throws(() => readDataset(join(folder.path, 'absent')), /absent: no such folder$/);
  assert.throws(() => readImageFolder(join(folder.path, 'absent')), /absent: cannot read the folder: ENOENT/);
  writeFileSync(join(folder.path, 'file'), '');
  assert.throws(
    () => readDataset(join(folder.path, 'file')),
    /file: expected the folder of a data set, found a file; tables end in \.csv, \.tsv or \.txt$/,
  );
});

test.run();
