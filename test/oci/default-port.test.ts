import { expect, it } from 'vitest';
import { isGoogleRegistryHost } from '../../src/oci/artifact-registry-name.ts';
import { parseReference } from '../../src/oci/reference.ts';

it('a host with the port that TLS has anyway is the same host', () => {
  const reference = parseReference('us-docker.pkg.dev:443/p/r/a:v1');
  expect(reference.toString()).toBe('us-docker.pkg.dev/p/r/a:v1');
  expect(isGoogleRegistryHost(reference.host)).toBe(true);
  expect(parseReference('registry.example:8443/a:v1').host).toBe('registry.example:8443');
  expect(parseReference('localhost:443/a:v1').host).toBe('localhost:443');
});
