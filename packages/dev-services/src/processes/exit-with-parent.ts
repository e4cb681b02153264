/**
 * Runs the service under the pid that was spawned (`exec`), next to a guard that waits for the end of standard
 * input: the kernel closes it when the parent dies, also by SIGKILL. The guard shares the process group of the
 * service, so the pid in `$$` cannot be given to another process while the guard lives. A zombie counts as ended:
 * in a container without a real init nobody may collect it.
 */
const GUARD = `
exec 3<&0
(
  exec >/dev/null 2>&1
  read -r line <&3
  kill -TERM $$ || exit 0
  seconds=0
  while kill -0 $$ && ! grep -q ') Z ' /proc/$$/stat && [ "$seconds" -lt 10 ]; do
    sleep 1
    seconds=$((seconds + 1))
  done
  kill -KILL $$
) &
exec "$@" </dev/null 3<&-
`;

/** The command line that makes a program end with the process that spawned it. Its stdin must be a pipe. */
export function exitWithParent(
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  return { command: '/bin/sh', args: ['-c', GUARD, command, command, ...args] };
}
