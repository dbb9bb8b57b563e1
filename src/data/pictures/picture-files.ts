import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { maxClasses } from '../dataset.ts';
import { DataError } from '../idx/idx.ts';

/** A picture of a class. */
export interface PictureFile {
  readonly path: string;
  /** The path below the data folder, with `/`. */
  readonly name: string;
  readonly label: number;
}

export interface PictureFiles {
  /** The names of the folders, sorted; a label is a position among them. */
  readonly classNames: readonly string[];
  /** By class, then by name. */
  readonly train: readonly PictureFile[];
  readonly test: readonly PictureFile[];
  readonly remarks: readonly string[];
}

/** Without a test folder, the pictures at positions 4, 9, 14 … of each class are test images. */
const testEvery = 5;

/**
 * Finds the pictures in a folder of class folders: `<class>/*`, or `train/<class>/*` and `test/<class>/*`. Names are
 * sorted by their code units, whatever the language of the system. Files outside of class folders and hidden files are
 * left out.
 *
 * @throws DataError that names the folder in which something is missing or should not be
 */
export function listPictures(folder: string): PictureFiles {
  const top = foldersIn(folder);
  const isSplit = top.includes('train') && foldersIn(join(folder, 'train')).length > 0;
  const classNames = isSplit ? foldersIn(join(folder, 'train')) : top;
  const root = isSplit ? join(folder, 'train') : folder;
  if (classNames.length === 0) {
    throw new DataError(
      `${folder}: expected the IDX files of MNIST or a relative (train-images-idx3-ubyte.gz …), or a folder of PNG or ` +
        'JPEG files for each class; found neither',
    );
  }
  if (classNames.length === 1) {
    throw new DataError(
      `${join(root, classNames[0]!)}: the only folder of a class; classification needs at least two classes`,
    );
  }
  if (classNames.length > maxClasses) {
    throw new DataError(
      `${root}: ${classNames.length} folders of classes; there may be at most ${maxClasses}, since a label is a byte`,
    );
  }
  const list = (...part: string[]): PictureFile[] =>
    classNames.flatMap((name, label) => picturesIn(folder, [...part, name], label));
  if (!isSplit) return { classNames, ...everyFifth(list(), folder) };

  const others = top.filter((name) => name !== 'train' && name !== 'test');
  const unread = others.length > 0 ? [`not read: ${others.join(', ')}; only train and test are read`] : [];
  const train = list('train');
  if (!top.includes('test')) {
    const split = everyFifth(train, folder);
    return { classNames, ...split, remarks: [...unread, ...split.remarks] };
  }
  const testNames = foldersIn(join(folder, 'test'));
  const unknown = testNames.find((name) => !classNames.includes(name));
  if (unknown !== undefined) {
    throw new DataError(
      `${join(folder, 'test', unknown)}: a class without a folder in ${join(folder, 'train')}`,
    );
  }
  const test = testNames.flatMap((name) => picturesIn(folder, ['test', name], classNames.indexOf(name)));
  if (test.length === 0) {
    throw new DataError(
      `${join(folder, 'test')}: no folders of classes; remove it, and every fifth picture becomes a test image`,
    );
  }
  return { classNames, train, test, remarks: unread };
}

function everyFifth(files: readonly PictureFile[], folder: string): Omit<PictureFiles, 'classNames'> {
  const ofClass = new Map<number, number>();
  const train: PictureFile[] = [];
  const test: PictureFile[] = [];
  for (const file of files) {
    const position = ofClass.get(file.label) ?? 0;
    ofClass.set(file.label, position + 1);
    (position % testEvery === testEvery - 1 ? test : train).push(file);
  }
  if (test.length === 0) {
    throw new DataError(
      `${folder}: there are no test images: every ${testEvery}th picture of a class is one, and no class has ` +
        `${testEvery} pictures; add pictures, or folders train and test`,
    );
  }
  return {
    train,
    test,
    remarks: ['no folder test: every fifth picture of each class, by name, is a test image'],
  };
}

function picturesIn(folder: string, part: readonly string[], label: number): PictureFile[] {
  const path = join(folder, ...part);
  const entries = visibleEntries(path);
  if (entries.length === 0) throw new DataError(`${path}: no picture in the folder of this class`);
  return entries.map((entry) => {
    if (isFolder(entry, path)) {
      throw new DataError(
        `${join(path, entry.name)}: expected a PNG or JPEG file, found a folder inside the folder of a class`,
      );
    }
    return { path: join(path, entry.name), name: [...part, entry.name].join('/'), label };
  });
}

function foldersIn(path: string): string[] {
  return visibleEntries(path)
    .filter((entry) => isFolder(entry, path))
    .map(({ name }) => name);
}

/** Files that operating systems put into folders, besides those whose names begin with a dot. */
const systemFiles = ['Thumbs.db', 'desktop.ini', '__MACOSX'];

function visibleEntries(path: string): Dirent[] {
  try {
    return readdirSync(resolve(path), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && !systemFiles.includes(name))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new DataError(`${path}: cannot read the folder: ${(error as Error).message}`, { cause: error });
  }
}

function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(path, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
