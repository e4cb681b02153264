import { ENDPOINT_NAMES, type EndpointName, type GivenOf, type OutputOf } from './contract/endpoints';
import type { AdminContext, Handlers } from './handler';
import { parseInput } from './parse-input';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What an operator can see and do, wherever it is done: one method per endpoint. */
export type ReelsyncClient = { readonly [N in EndpointName]: Method<N> };

type Method<N extends EndpointName> = (given: GivenOf<N>, options?: CallOptions) => Promise<OutputOf<N>>;

type Call = <N extends EndpointName>(
  name: N,
  given: GivenOf<N>,
  options: CallOptions,
) => Promise<OutputOf<N>>;

/** A client whose methods all go through one function. */
export function clientOver(call: Call): ReelsyncClient {
  const methods = ENDPOINT_NAMES.map((name) => [name, methodOf(call, name)] as const);
  // What fromEntries forgets: each name has its own method, and no name is left out.
  return Object.fromEntries(methods) as ReelsyncClient;
}

function methodOf<N extends EndpointName>(call: Call, name: N): Method<N> {
  return (given, options = {}) => call(name, given, options);
}

/** Does it in this process. Input is parsed all the same: it gets its defaults, and the same complaints as over HTTP. */
export function localClient(handlers: Handlers, context: AdminContext): ReelsyncClient {
  return clientOver((name, given, { signal }) => {
    const input = parseInput(name, given);
    return handlers[name](input, signal === undefined ? context : { ...context, signal });
  });
}
