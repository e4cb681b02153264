/** The URL without its password, for messages and logs. */
export function redactRedisUrl(url: string): string {
  if (!URL.canParse(url)) return 'an invalid Redis URL';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.toString();
}
