import type { Operation } from '@reelsync/core';

/** The ways in; each is one address, or one per configured source. */
export const WEBHOOK_ENDPOINTS = ['sync', 'status', 'radarr', 'sonarr', 'generic'] as const;
export type WebhookEndpoint = (typeof WEBHOOK_ENDPOINTS)[number];

/**
 * - accepted: it asks for something; `pending` until that is on the queue
 * - ignored: authentic and understood, and nothing follows from it
 * - duplicate: it was accepted before
 * - rejected: not authentic, or not understood
 * - failed: accepted, and then what it asks for turned out to be impossible
 */
export const DELIVERY_OUTCOMES = ['accepted', 'ignored', 'duplicate', 'rejected', 'failed'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** One thing that a delivery asks for. Plain data: it waits in the inbox while Redis is away. */
export type WebhookOrder =
  | { readonly kind: 'scan'; readonly serverIds: readonly string[]; readonly force: boolean }
  | {
      readonly kind: 'units';
      readonly domain: 'movies' | 'shows' | 'seasons' | 'episodes';
      readonly titles: readonly string[];
      /** Of seasons and episodes. */
      readonly season?: number;
      readonly operations?: readonly Operation[];
      readonly force: boolean;
    }
  | {
      /** A title that has changed on disk; the servers notice it at their next scan. */
      readonly kind: 'title';
      readonly media: 'movie' | 'show';
      readonly title: string;
      readonly serverIds: readonly string[];
    };

/** What is known of a delivery, whatever becomes of it. Never a body, never a secret. */
export interface DeliveryFacts {
  readonly endpoint: WebhookEndpoint;
  /** Who sent it: ids of servers, or of a configured source; absent when nobody known did. */
  readonly source?: string;
  /** What the sender calls it. */
  readonly event?: string;
  readonly titles?: readonly string[];
  readonly receivedAt: Date;
}

export interface AcceptedDelivery extends DeliveryFacts {
  readonly orders: readonly WebhookOrder[];
  /** What identifies the delivery among all: a second one with any of these is a duplicate. */
  readonly replayKeys?: readonly string[];
  /** Until then whoever stored it works on it; the past: everybody may. */
  readonly leasedUntil: Date;
}

/** A line of the delivery log. */
export interface Delivery extends DeliveryFacts {
  readonly id: string;
  readonly outcome: DeliveryOutcome;
  readonly code?: string;
  readonly message?: string;
  /** Of what it asked for, as far as it is on the queue. */
  readonly runIds: readonly string[];
  /** It still waits in the inbox. */
  readonly pending: boolean;
  /** Rejections of one kind within a minute are one line. */
  readonly count: number;
}

/** A delivery of the inbox that the caller may work on until its lease ends. */
export interface InboxEntry extends DeliveryFacts {
  readonly id: string;
  readonly orders: readonly WebhookOrder[];
  readonly leasedUntil: Date;
  /** How often somebody tried and could not, outages aside. */
  readonly attempts: number;
}

/** What somebody works on: a delivery, as long as nobody has moved its lease since. */
export type LeasedDelivery = Pick<InboxEntry, 'id' | 'leasedUntil'>;
