export interface OutputOptions {
  readonly json: boolean;
}

/** One JSON object, or text for people, on stdout. */
export function print(value: unknown, { json }: OutputOptions, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text()}\n`);
}
