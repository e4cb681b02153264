import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
import type { Request } from 'express';

import { isSecret, secretDigest } from '../http/secret-digest';
import type { Sender } from './webhook-endpoint';

/** Unix seconds; a fraction tells deliveries of one second apart. */
const TIMESTAMP = /^\d{1,12}(?:\.\d{1,6})?$/;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;
const DELIVERY_ID = /^[\x21-\x7e]{1,200}$/;

/** The sender of a generic delivery: knows the secret, or claims so with a signature that the body has to bear out. */
export interface GenericSender extends Sender {
  readonly deliveryId?: string;
  readonly signed?: { readonly timestamp: string; readonly signature: Buffer };
}

/** How the senders of `/webhooks/sync` prove themselves: a signature over timestamp and body, or the secret itself. */
export class DeliveryProof {
  private readonly secrets: readonly { readonly key: string; readonly digest: Buffer }[];
  private readonly windowMs: number;

  constructor(
    { secret, previousSecret, replayWindowSeconds }: ReelsyncConfig['webhooks'],
    private readonly now: () => Date,
  ) {
    const keys = [secret, previousSecret].flatMap((key) => key ?? []);
    this.secrets = keys.map((key) => ({ key, digest: secretDigest(key) }));
    this.windowMs = replayWindowSeconds * 1000;
  }

  /** Throws for what the headers alone show to be wrong. */
  authenticate(request: Request): GenericSender {
    const deliveryId = request.get('X-Webhook-Delivery');
    if (deliveryId !== undefined && !DELIVERY_ID.test(deliveryId))
      throw new ReelsyncError(
        'WEBHOOK_BODY_INVALID',
        'X-Webhook-Delivery is not 1 to 200 printable characters',
      );
    const id = deliveryId === undefined ? {} : { deliveryId };
    const signature = request.get('X-Webhook-Signature');
    if (signature !== undefined)
      return { source: 'signed', ...id, signed: this.readSignature(signature, request) };
    const secret = request.get('X-Webhook-Secret') ?? '';
    if (this.secrets.filter(({ digest }) => isSecret(secret, digest)).length > 0)
      return { source: 'secret', ...id };
    throw new ReelsyncError('WEBHOOK_UNAUTHORIZED', 'Neither a signature nor the secret is there');
  }

  /** Throws unless the signature is over exactly these bytes. */
  verify({ signed }: GenericSender, bytes: Buffer): void {
    if (signed === undefined) return;
    const matches = this.secrets.filter(({ key }) => {
      const expected = createHmac('sha256', key).update(`${signed.timestamp}.`).update(bytes).digest();
      return timingSafeEqual(expected, signed.signature);
    });
    if (matches.length === 0)
      throw new ReelsyncError('WEBHOOK_SIGNATURE_INVALID', 'The signature does not fit timestamp and body');
  }

  private readSignature(header: string, request: Request): NonNullable<GenericSender['signed']> {
    const timestamp = request.get('X-Webhook-Timestamp') ?? '';
    if (!TIMESTAMP.test(timestamp))
      throw new ReelsyncError('WEBHOOK_TIMESTAMP_INVALID', 'X-Webhook-Timestamp is not in Unix seconds');
    if (Math.abs(this.now().getTime() - Number(timestamp) * 1000) > this.windowMs)
      throw new ReelsyncError('WEBHOOK_TIMESTAMP_INVALID', 'X-Webhook-Timestamp is too far from the present');
    const hex = SIGNATURE.exec(header)?.[1];
    if (hex === undefined)
      throw new ReelsyncError('WEBHOOK_SIGNATURE_INVALID', 'X-Webhook-Signature is not sha256=HEX');
    return { timestamp, signature: Buffer.from(hex, 'hex') };
  }
}

/**
 * What identifies a delivery. The id is chosen by the sender and not signed, so what was signed counts too: with another id
 * a delivery that was overheard is still the same.
 */
export function replayKeysOf({ deliveryId, signed }: GenericSender): readonly string[] {
  return [
    ...(deliveryId === undefined ? [] : [`id/${deliveryId}`]),
    ...(signed === undefined
      ? []
      : [`signature/${createHash('sha256').update(signed.signature).digest('hex')}`]),
  ];
}
