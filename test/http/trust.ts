import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type Certificates, makeCertificates } from '../fake/certificates.ts';

/** A server's certificate that this process trusts until the test ends. */
export async function trustedCertificate(...hosts: string[]): Promise<Certificates> {
  const certificates = await makeCertificates(hosts);
  onTestFinished(() => certificates.remove());
  const trusted = getCACertificates();
  setDefaultCACertificates([...trusted, await readFile(certificates.authorityFile, 'utf8')]);
  onTestFinished(() => setDefaultCACertificates(trusted));
  return certificates;
}
