import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { secretDigest } from '../http/secret-digest';

const deriveKey = promisify<string, Buffer, number, Buffer>(scrypt);

const KEY_BYTES = 32;

/** The one account of the dashboard. The password itself is not kept. */
export class AdminCredentials {
  private constructor(
    private readonly userDigest: Buffer,
    private readonly salt: Buffer,
    private readonly key: Buffer,
  ) {}

  static async create(user: string, password: string): Promise<AdminCredentials> {
    const salt = randomBytes(16);
    return new AdminCredentials(secretDigest(user), salt, await deriveKey(password, salt, KEY_BYTES));
  }

  /** Takes the same time whether the name or the password is wrong. */
  async match(user: string, password: string): Promise<boolean> {
    const key = await deriveKey(password, this.salt, KEY_BYTES);
    const samePassword = timingSafeEqual(key, this.key);
    return timingSafeEqual(secretDigest(user), this.userDigest) && samePassword;
  }
}
