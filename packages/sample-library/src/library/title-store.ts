/** What a listing needs from a collection of titles. */
export interface TitleSource {
  titles(): IterableIterator<string>;
  has(title: string): boolean;
  /** Called after every change of a title; `title` may be new or gone. Returns the way to stop. */
  subscribe(listener: (title: string) => void): () => void;
}

/**
 * Titles of one kind. A title that was never changed is stored as its number in the plan and generated on every
 * read, so 100,000 titles cost little more than their names; only changed folders are kept.
 */
export class TitleStore<Folder extends object> implements TitleSource {
  private readonly entries = new Map<string, Folder | number>();
  private readonly listeners = new Set<(title: string) => void>();

  constructor(private readonly generate: (title: string, number: number) => Folder) {}

  get size(): number {
    return this.entries.size;
  }

  titles(): IterableIterator<string> {
    return this.entries.keys();
  }

  has(title: string): boolean {
    return this.entries.has(title);
  }

  get(title: string): Folder | undefined {
    const entry = this.entries.get(title);
    return typeof entry === 'number' ? this.generate(title, entry) : entry;
  }

  /** Adds a title of the plan. */
  plan(title: string, number: number): void {
    this.entries.set(title, number);
  }

  set(title: string, folder: Folder): void {
    this.entries.set(title, folder);
    this.notify(title);
  }

  delete(title: string): boolean {
    const existed = this.entries.delete(title);
    if (existed) this.notify(title);
    return existed;
  }

  subscribe(listener: (title: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(title: string): void {
    for (const listener of this.listeners) listener(title);
  }
}
