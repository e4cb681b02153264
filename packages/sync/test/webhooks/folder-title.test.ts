import fc from 'fast-check';

import { titleUnderRoots } from '../../src/webhooks/folder-title';

const WINDOWS = String.raw`D:\Media\Movies`;
const SHARE = String.raw`\\nas\media\movies`;

test.each([
  // POSIX: byte for byte.
  ['/media/movies/The Matrix (1999)', ['/media/movies'], 'The Matrix (1999)'],
  ['/media/movies/The Matrix (1999)/', ['/media/movies/'], 'The Matrix (1999)'],
  ['/media/movies/The Matrix (1999)/a/b.mkv', ['/media/movies'], 'The Matrix (1999)'],
  ['/media/movies/ Padded ', ['/media/movies'], ' Padded '],
  ['/media/movies/AC\\DC', ['/media/movies'], 'AC\\DC'],
  ['/media/movies/..Hidden', ['/media/movies'], '..Hidden'],
  ['//media///movies/./A', ['/media/movies'], 'A'],
  ['/Media/Movies/A', ['/media/movies'], undefined],
  ['/media/movies2/A', ['/media/movies'], undefined],
  ['/media/movies', ['/media/movies'], undefined],
  ['/media/movies/../secret/A', ['/media/movies'], undefined],
  ['media/movies/A', ['/media/movies'], undefined],
  ['', ['/media/movies'], undefined],
  ['/A', ['/'], 'A'],
  // Windows: either slash, either case; the title as written.
  [String.raw`D:\Media\Movies\The Matrix (1999)`, [WINDOWS], 'The Matrix (1999)'],
  [String.raw`d:\media\movies\The Matrix (1999)\x.mkv`, [WINDOWS], 'The Matrix (1999)'],
  ['D:/Media/Movies/Élan', [WINDOWS], 'Élan'],
  [String.raw`D:\Media\Movies\A`, ['d:/media/movies/'], 'A'],
  [String.raw`E:\Media\Movies\A`, [WINDOWS], undefined],
  [String.raw`D:\Media\Movies\..\A`, [WINDOWS], undefined],
  [String.raw`C:\testpath`, [WINDOWS], undefined],
  [String.raw`\\NAS\Media\movies\A\b.mkv`, [SHARE], 'A'],
  ['/media/movies/A', [WINDOWS], undefined],
  // Several roots: the inner one is meant, whatever their order.
  ['/media/movies/4k/A', ['/media/movies', '/media/movies/4k'], 'A'],
  ['/media/movies/A', ['/media/movies/4k', '/media/movies'], 'A'],
  ['/media/movies/A', [], undefined],
])('%j under %j is %j', (path, roots, title) => {
  expect(titleUnderRoots(path, roots)).toBe(title);
});

test('any folder name that a file system can hold comes back as it is', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
  fc.assert(
    fc.property(name, (title) => {
      expect(titleUnderRoots(`/media/movies/${title}/file.mkv`, ['/media/movies'])).toBe(title);
    }),
  );
});
