import type { AuthClient } from 'google-auth-library';
import type { Fault } from '../fault.ts';

/** One way to be somebody at Google. */
export interface Identity {
  readonly client: AuthClient;
  /** who that is, for people: an address where it is known, never a secret */
  describe(): Promise<string>;
  /** what to say when no token can be had */
  failed(cause: unknown): Fault;
}

/** A token is renewed so long before it ends; ten seconds are enough for a request to arrive. */
export const eagerRefreshThresholdMillis = 10_000;

export const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform';
