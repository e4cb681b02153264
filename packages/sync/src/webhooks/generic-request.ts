import { OPERATIONS, type Operation } from '@reelsync/core';
import type { WebhookOrder } from '@reelsync/database';
import { z } from 'zod';

/** Of each kind. Whoever has more asks for a scan. */
const MAX_TITLES = 1000;

const title = z.string().min(1).max(1000);
const season = z.strictObject({ title, season: z.int().nonnegative() });

function listOf<S extends z.ZodType>(item: S) {
  return z.array(item).min(1).max(MAX_TITLES).optional();
}

/**
 * The body of the generic webhook. Titles are folder names; the members are those of the website's own list of changed
 * entities (contract §7.3). Strict: a member that is misspelt must not turn into a scan of everything.
 */
const genericSchema = z.strictObject({
  server: z.string().min(1).max(200).optional(),
  movies: listOf(title),
  shows: listOf(title),
  seasons: listOf(season),
  // All episodes of a season are one unit; which of them changed is accepted and makes no difference.
  episodes: listOf(season.extend({ episode: z.int().nonnegative().optional() })),
  operations: z.array(z.enum(OPERATIONS)).min(1).max(OPERATIONS.length).optional(),
  force: z.boolean().optional(),
});

export interface GenericRequest {
  /** As sent; the caller knows which ones there are. */
  readonly server?: string;
  readonly titles: readonly string[];
  /** What is asked for, given the servers that `server` stands for. */
  readonly orders: (serverIds: readonly string[]) => readonly WebhookOrder[];
}

export type GenericReading = { readonly request: GenericRequest } | { readonly problem: string };

type GenericBody = z.output<typeof genericSchema>;

export function readGenericRequest(body: unknown): GenericReading {
  const parsed = genericSchema.safeParse(body);
  if (!parsed.success) return { problem: problemOf(parsed.error) };
  const { server, operations } = parsed.data;
  const units = unitOrders(parsed.data);
  if (operations !== undefined && units.length === 0)
    return { problem: 'operations: only together with movies, shows, seasons or episodes' };
  return {
    request: {
      ...(server === undefined ? {} : { server }),
      titles: [...new Set(units.flatMap(({ titles }) => titles))],
      // A named server may hold what its stored listing does not show yet.
      orders: (serverIds) =>
        units.length === 0
          ? [{ kind: 'scan', serverIds, force: parsed.data.force ?? false }]
          : [...(server === undefined ? [] : [{ kind: 'scan', serverIds, force: false } as const]), ...units],
    },
  };
}

function unitOrders(body: GenericBody): Extract<WebhookOrder, { kind: 'units' }>[] {
  const { movies = [], shows = [], seasons = [], episodes = [], operations, force = false } = body;
  const common = { kind: 'units', force, ...whenGiven(operations) } as const;
  return [
    ...(['movies', 'shows'] as const).flatMap((domain) => {
      const titles = domain === 'movies' ? movies : shows;
      return titles.length === 0 ? [] : [{ ...common, domain, titles: [...new Set(titles)] }];
    }),
    ...bySeason(seasons).map((group) => ({ ...common, domain: 'seasons' as const, ...group })),
    ...bySeason(episodes).map((group) => ({ ...common, domain: 'episodes' as const, ...group })),
  ];
}

function whenGiven(operations: readonly Operation[] | undefined) {
  return operations === undefined ? {} : { operations: [...new Set(operations)] };
}

/** Few season numbers, many shows: one order for each number. */
function bySeason(
  entries: readonly { readonly title: string; readonly season: number }[],
): { readonly season: number; readonly titles: readonly string[] }[] {
  const groups = new Map<number, Set<string>>();
  for (const entry of entries) {
    const titles = groups.get(entry.season) ?? new Set();
    groups.set(entry.season, titles.add(entry.title));
  }
  return [...groups].map(([number, titles]) => ({ season: number, titles: [...titles] }));
}

/** Names what is wrong, never what was sent. */
function problemOf({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'not valid';
  const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : String(part))).join('.');
  const place = path === '' ? 'the body' : path;
  if (issue.code === 'unrecognized_keys') return `${place}: has members that are not known`;
  return issue.code === 'invalid_type' ? `${place}: expected ${issue.expected}` : `${place}: not valid`;
}
