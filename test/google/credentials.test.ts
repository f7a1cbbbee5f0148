import { OAuth2Client } from 'google-auth-library/build/src/auth/oauth2client.js';
import { expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { GoogleCredentials } from '../../src/google/credentials.ts';
import type { Identity } from '../../src/google/identity.ts';

const host = 'us-docker.pkg.dev';
const hour = 3_600_000;

/** Gives another token whenever it is asked. */
class Numbered extends OAuth2Client {
  readonly #next: () => { readonly token: string; readonly endsAt: number };

  constructor(next: () => { readonly token: string; readonly endsAt: number }) {
    super();
    this.#next = next;
  }

  override async getAccessToken() {
    const { token, endsAt } = this.#next();
    await new Promise((resolve) => setImmediate(resolve));
    this.credentials.expiry_date = endsAt;
    return { token };
  }
}

/** Credentials whose every token has a number of its own and lives for an hour, and time that is set. */
function numbered() {
  let asked = 0;
  let now = 0;
  const identify = async (): Promise<Identity> => {
    const client = new Numbered(() => {
      asked += 1;
      return { token: String(asked), endsAt: now + hour };
    });
    return {
      client,
      quotaProject: undefined,
      principal: async () => ({ name: 'somebody', member: undefined }),
      failed: async (cause) => new Fault('UNAUTHENTICATED', 'no token', { cause }),
    };
  };
  const clock = { now: () => now, random: () => 0, sleep: async () => undefined };
  const credentials = new GoogleCredentials(identify, clock);
  return { credentials, asked: () => asked, pass: (ms: number) => (now += ms) };
}

it('S22 is renewed once for all who were refused at the same moment', async () => {
  const { credentials, asked, pass } = numbered();
  const old = (await credentials.authorization(host)) ?? '';
  pass(1000);
  const renewed = await Promise.all([1, 2, 3].map(() => credentials.renew(host, old)));
  expect(renewed).toEqual(['Bearer 2', 'Bearer 2', 'Bearer 2']);
  expect(asked()).toBe(2);
});

it('is asked for once by all who find it ended at the same moment', async () => {
  const { credentials, asked, pass } = numbered();
  await credentials.authorization(host);
  pass(hour);
  await Promise.all([1, 2, 3].map(() => credentials.authorization(host)));
  expect(asked()).toBe(2);
});

it('that was renewed just now is not renewed again', async () => {
  const { credentials, pass } = numbered();
  const old = (await credentials.authorization(host)) ?? '';
  const renewed = (await credentials.renew(host, old)) ?? '';
  pass(1000);
  expect(await credentials.renew(host, renewed)).toBeUndefined();
});
