import { expect, it } from 'vitest';
import { besideLinkLocal } from '../../src/google/google-cloud.ts';

it.each([
  ['http://169.254.169.254/metadata/identity/oauth2/token', ''],
  ['http://169.254.170.2/v2/credentials', ''],
  ['https://sts.googleapis.com/v1/token', 'http://proxy:3128'],
  ['https://169.254.example/token', 'http://proxy:3128'],
])('%s goes by the proxy %j', (url, proxy) => {
  expect(besideLinkLocal(() => 'http://proxy:3128')(url)).toBe(proxy);
});
