import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';

/** As IAM policies name who gets a grant. No character ends a string of a shell's or Terraform's, or means anything in one. */
const forms = [
  /^(?:user|group|serviceAccount):[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/,
  /^domain:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/,
  /^principal(?:Set)?:\/\/[A-Za-z0-9._~:/@%+=,*|-]+$/,
];
const accountForm = /^serviceAccount:[a-z][a-z0-9-]{4,28}[a-z0-9]@([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/;

/**
 * @param where the flag or substitution that the text stood in, for the message
 * @throws Fault USAGE for what a command that is to be pasted had better not hold
 */
export function checkMember(text: string, where: string): string {
  if (forms.some((form) => form.test(text))) return text;
  const wanted = 'user:…, group:…, serviceAccount:…, domain:…, principal://… or principalSet://…';
  throw new Fault('USAGE', `${where}: ${quoted(text)} is not ${wanted}`);
}

/** The same for a service account that is to be made. */
export function checkNewAccount(text: string, where: string): string {
  if (accountForm.test(text)) return text;
  throw new Fault('USAGE', `${where}: ${quoted(text)} is not serviceAccount:NAME@PROJECT.iam.gserviceaccount.com`);
}
