import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { Origin } from '../../src/http/origin.ts';
import { listen } from './loopback.ts';
import { trustedCertificate } from './trust.ts';

/** Makes TLS connections to one port, each only when `ready` says so. */
class WaitingAgent extends https.Agent {
  readonly port: number;
  ready: Promise<unknown> = Promise.resolve();

  constructor(port: number) {
    super();
    this.port = port;
  }

  override createConnection(_options: object, done: (error: Error | null, socket: Duplex) => void): undefined {
    const servername = 'registry.example';
    const socket = connect({ host: '127.0.0.1', port: this.port, servername, ALPNProtocols: ['h2'] });
    Promise.all([once(socket, 'secureConnect'), this.ready]).then(
      () => done(null, socket),
      (error) => done(error, socket),
    );
  }
}

it('the end of a session that was left drops no other that is being opened', async () => {
  const { server: certificate } = await trustedCertificate('registry.example');
  const agent = new WaitingAgent(await listen(createSecureServer(certificate)));
  const origin = new Origin(new URL('https://registry.example'), agent);
  onTestFinished(() => origin.close());

  const left = await origin.session();
  if (left === undefined) throw new Error('HTTP/2 was not agreed upon');
  const opening = Promise.withResolvers<void>();
  agent.ready = opening.promise;
  origin.renew(left);
  const next = origin.session();
  await once(left, 'close');
  opening.resolve();
  expect(origin.session()).toBe(next);
  await next;
});
