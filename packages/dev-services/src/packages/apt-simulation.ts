/** A package that apt-get would put on this system. */
export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  /** The version that it would replace. */
  readonly replaces?: string;
}

/** Reads lines such as `Inst liblzf1 (3.6-3 Debian:12.11/oldstable [amd64])`, of an upgrade `Inst x [1.0] (1.1 …)`. */
export function toInstall(simulation: string): PlannedPackage[] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+)/gm)].flatMap(
    ([, name, replaces, version]) =>
      name === undefined || version === undefined
        ? []
        : [{ name, version, ...(replaces === undefined ? {} : { replaces }) }],
  );
}

/** Names of packages that would have to go: lines such as `Remv x [1.0]`. */
export function toRemove(simulation: string): string[] {
  return [...simulation.matchAll(/^Remv (\S+)/gm)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
