import { randomBytes } from 'node:crypto';

import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
import type { ArrKind, ArrSource } from '@reelsync/sync';
import type { Request } from 'express';

import { isSecret, secretDigest } from '../http/secret-digest';
import type { Sender } from './webhook-endpoint';

export interface ArrSender extends Sender {
  readonly arr: ArrSource;
}

interface KnownSource {
  readonly id: string;
  readonly arr: ArrSource;
  readonly secret: Buffer;
  /** Undefined: any user name. */
  readonly username: Buffer | undefined;
}

/** The configured Radarr and Sonarr instances, and how each of them proves itself (arr-webhooks §1). */
export class ArrSenders {
  private readonly sources: readonly KnownSource[];
  /** Compared with when there is no such source, so that the time taken does not tell which ones there are. */
  private readonly nobody = secretDigest(randomBytes(32).toString('hex'));

  constructor({ sources }: Pick<ReelsyncConfig['webhooks'], 'sources'>) {
    this.sources = sources.map(({ id, kind, roots, serverIds, secret, username }) => ({
      id,
      arr: { kind, roots, serverIds },
      secret: secretDigest(secret),
      username: username === undefined ? undefined : secretDigest(username),
    }));
  }

  authenticate(kind: ArrKind, id: string, request: Request): ArrSender {
    const source = this.sources.find((one) => one.id === id && one.arr.kind === kind);
    const { username, secret } = credentialsOf(request);
    const sameSecret = isSecret(secret, source?.secret ?? this.nobody);
    const sameUser =
      username === undefined || source?.username === undefined || isSecret(username, source.username);
    if (source !== undefined && sameSecret && sameUser) return { source: source.id, arr: source.arr };
    throw new ReelsyncError('WEBHOOK_UNAUTHORIZED', 'The source or its secret is missing or not known');
  }
}

/** Of the header of its own, else of Basic authentication; `username` is undefined where none is part of the proof. */
function credentialsOf(request: Request): { readonly username?: string; readonly secret: string } {
  const header = request.get('X-Webhook-Secret');
  if (header !== undefined) return { secret: header };
  const encoded = /^Basic\s+([A-Za-z0-9+/]+=*)$/i.exec(request.get('Authorization') ?? '')?.[1] ?? '';
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { username, secret: password.join(':') };
}
