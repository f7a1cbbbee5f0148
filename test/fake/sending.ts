import type { Transport } from '../../src/http/transport.ts';

/** A transport of small requests alone. */
export function sending(send: Transport['send']): Transport {
  const never = () => Promise.reject(new Error('not asked for'));
  return { send, download: never, upload: never };
}
