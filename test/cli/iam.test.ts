import { describe, expect, it } from 'vitest';
import { command, refusal } from './reading.ts';

const pair = ['us-docker.pkg.dev/staging/apps/api:v1', 'europe-docker.pkg.dev/prod/live/api'];

describe('promote iam', () => {
  it.each([
    [[], 'it is not said for whom'],
    [['--member', 'jane@example.com'], '"jane@example.com" is not user:…'],
    [['--member', "user:a';id;'"], 'is not user:…'],
    [['--member', 'user:a b'], 'is not user:…'],
    [['--member', 'user:@example.com'], 'is not user:…'],
    [['--member', 'user:jane'], 'is not user:…'],
    [['--member', 'serviceAccount:a;id'], 'is not user:…'],
    [['--member', 'serviceAccount:a|id@p.iam.gserviceaccount.com'], 'is not user:…'],
    [['--member', 'group:a@example.com&'], 'is not user:…'],
    [['--member', 'domain:example.com;id'], 'is not user:…'],
    [['--member', 'domain:'], 'is not user:…'],
    [['--member', 'principal:iam.googleapis.com/x'], 'is not user:…'],
    [['--member', 'principal://x/%{if true}'], 'is not user:…'],
    [['--member', 'principalSet://x/$(id)'], 'is not user:…'],
    [['--member', 'user:a\u001b[31m@example.com'], 'is not user:…'],
    [['--cloud-build', 'staging'], '"staging" is not a project number'],
    [['--cloud-build', '1', '--member', 'user:j@example.com'], 'exclude each other'],
    [['--cloud-build', '1', '--create-service-account'], 'exclude each other'],
    [['--create-service-account', '--member', 'user:j@example.com'], 'is not serviceAccount:NAME@PROJECT'],
    [['--member', 'user:j@example.com', '--format', 'json'], '--format: "json" is not gcloud or terraform'],
    [['--member', 'user:j@example.com', '--allow-move'], '--allow-move is not an option of iam'],
  ])('%j is refused', async (options, message) => {
    expect(await refusal(['iam', ...pair, ...options])).toContain(message);
  });

  it.each([
    [{ PROJECT_ID: 'p', _LOCATION: 'us' }, 'the source repository is missing'],
    [
      { _SOURCE: 'us-docker.pkg.dev/p/r/i', _SOURCE_REPO: 'other', _DEST: 'us-docker.pkg.dev/q/r/i' },
      '_SOURCE_REPO is "other"',
    ],
    [
      { _SOURCE: 'us-docker.pkg.dev/p/r/i', _DEST_PROJECT: 'other', _DEST: 'us-docker.pkg.dev/q/r/i' },
      '_DEST_PROJECT is "other", but _DEST has "q" there',
    ],
    [{ _SOURCE: 'docker.io/library/nginx', _DEST: 'docker.io/me/nginx' }, 'is not in Artifact Registry'],
    [{ _SOURCE: 'docker.io/library/nginx' }, 'the destination project is missing'],
    [
      { _SOURCE: 'us-docker.pkg.dev/p/r/i', _DEST: 'us-docker.pkg.dev/q/r/i', PROJECT_ID: 'p;id' },
      '"p;id" is not the name of a project',
    ],
    [
      { _SOURCE: 'us-docker.pkg.dev/p/r/i', _DEST: 'us-docker.pkg.dev/q/r/i', _FORMAT: 'yaml' },
      '_FORMAT: "yaml" is not',
    ],
  ])('%j is refused', async (env, message) => {
    expect(await refusal(['iam', '--member', 'user:j@example.com'], env)).toContain(message);
  });

  it.each(['text', 'json', 'markdown'])(
    '_FORMAT=%s is for the other steps of the build: said, and left',
    async (form) => {
      const argv = `iam ${pair.join(' ')} --member user:j@example.com`;
      const { format, warnings } = await command('iam', argv, { _FORMAT: form });
      expect(format).toBe('gcloud');
      expect(warnings).toEqual([expect.stringContaining(`_FORMAT is ${form}, a form of the other commands`)]);
      expect((await command('iam', argv, { _FORMAT: 'terraform' })).format).toBe('terraform');
    },
  );
});
