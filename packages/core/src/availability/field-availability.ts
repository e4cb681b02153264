/** A server's listings as it sent them: title -> entry (contract §3). A member that is no object is no title. */
export interface RawListings {
  readonly movies: Readonly<Record<string, unknown>>;
  readonly tv: Readonly<Record<string, unknown>>;
}

/** Path of a leaf -> ids of the servers that provide it, in the order in which their listings were given. */
export type PathProviders = Readonly<Record<string, readonly string[]>>;

/**
 * Which servers provide which field of which title (sync-semantics §2.2, contract §9.2). It knows that a value is there,
 * not which; paths are joined with dots and hold literal listing keys.
 */
export interface FieldAvailability {
  readonly movies: Readonly<Record<string, PathProviders>>;
  readonly tv: Readonly<Record<string, PathProviders>>;
}

export interface AvailabilityOptions {
  /** Exactly as the earlier consumer: null and '' count as provided, so an empty value can shadow another server's. */
  readonly countEmpty?: boolean;
}

/** The path of the title itself: listed, whatever it holds. Left out when empty values count. */
export const LISTED = '';

const IGNORED_ARRAY = 'fileNames';
/** Their elements are told apart by codec. */
const STREAM_ARRAYS: ReadonlySet<string> = new Set(['audio', 'video']);
/** The only fields in which null is a value (AV-3, ST-M8). */
const NULL_IS_A_VALUE: ReadonlySet<string> = new Set(['backdropFocal', 'backdropFocalSuggested']);

/** `listings`: server id -> what it lists; only servers that have answered. */
export function buildFieldAvailability(
  listings: ReadonlyMap<string, RawListings>,
  { countEmpty = false }: AvailabilityOptions = {},
): FieldAvailability {
  return {
    movies: availabilityOf(listings, 'movies', countEmpty),
    tv: availabilityOf(listings, 'tv', countEmpty),
  };
}

function availabilityOf(
  listings: ReadonlyMap<string, RawListings>,
  kind: keyof RawListings,
  countEmpty: boolean,
): FieldAvailability['movies'] {
  const titles = new Map<string, Map<string, string[]>>();
  for (const [serverId, listing] of listings) {
    for (const [title, entry] of Object.entries(listing[kind])) {
      if (!isObject(entry)) continue;
      const paths = titles.get(title) ?? new Map<string, string[]>();
      titles.set(title, paths);
      const provide = (path: string): void => {
        const known = paths.get(path);
        if (known === undefined) paths.set(path, [serverId]);
        else if (known.at(-1) !== serverId) known.push(serverId);
      };
      if (!countEmpty) provide(LISTED);
      walk(entry, '', countEmpty, provide);
    }
  }
  return Object.fromEntries([...titles].map(([title, paths]) => [title, Object.fromEntries(paths)]));
}

function walk(node: object, prefix: string, countEmpty: boolean, provide: (path: string) => void): void {
  for (const [key, value] of Object.entries(node)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (Array.isArray(value)) {
      if (key === IGNORED_ARRAY) continue;
      for (const [index, element] of value.entries())
        if (isObject(element))
          walk(element, `${path}.${elementKey(key, element, index)}`, countEmpty, provide);
    } else if (isObject(value)) {
      walk(value, path, countEmpty, provide);
    } else if (countEmpty || !isEmpty(key, value)) {
      provide(path);
    }
  }
}

function elementKey(array: string, element: object, index: number): string {
  const members = new Map<string, unknown>(Object.entries(element));
  const key = STREAM_ARRAYS.has(array) ? members.get('codec') : (members.get('name') ?? members.get('id'));
  return typeof key === 'string' || typeof key === 'number' ? String(key) : String(index);
}

function isEmpty(key: string, value: unknown): boolean {
  return value === '' || value === undefined || (value === null && !NULL_IS_A_VALUE.has(key));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The paths of one title; titles may be called anything, `__proto__` included. */
export function ownPaths(titles: FieldAvailability['movies'], title: string): PathProviders {
  return (Object.hasOwn(titles, title) ? titles[title] : undefined) ?? {};
}
