import type { AuthClient } from 'google-auth-library';
import type { Fault } from '../fault.ts';

/** Who a token belongs to. */
export interface Principal {
  /** for people: an address where it is known, never a secret */
  readonly name: string;
  /** as IAM policies name it: `user:…`, `serviceAccount:…`, `principal://…`; undefined where it is not known */
  readonly member: string | undefined;
}

/** One way to be somebody at Google. */
export interface Identity {
  readonly client: AuthClient;
  /** the project that calls of REST APIs are counted against; undefined: the API's own rule */
  readonly quotaProject: string | undefined;
  principal(): Promise<Principal>;
  /** what to say when no token can be had */
  failed(cause: unknown): Promise<Fault>;
}

/** A token is renewed so long before it ends; ten seconds are enough for a request to arrive. */
export const eagerRefreshThresholdMillis = 10_000;

export const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform';

/** @param email of an account; service accounts are known by their domain */
export function accountPrincipal(email: string): Principal {
  const kind = email.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user';
  return { name: email, member: `${kind}:${email}` };
}
