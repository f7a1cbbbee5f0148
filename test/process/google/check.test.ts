import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAccount } from '../../fake/google.ts';
import { singleImage } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage, us } from '../google-stage.ts';
import { holds, type Route } from '../route.ts';
import { readCheck } from './check-result.ts';
import { enterGrants } from './enter-grants.ts';

const download = 'artifactregistry.repositories.downloadArtifacts';
const upload = 'artifactregistry.repositories.uploadArtifacts';
const create = 'artifactregistry.tags.create';
const update = 'artifactregistry.tags.update';
const look = 'artifactregistry.repositories.get';

/** What the caller holds on each side, and what `check` must say is missing. */
interface Table {
  readonly name: string;
  readonly source: readonly string[];
  readonly destination: readonly string[];
  readonly moves?: true;
  readonly missing: readonly string[];
}

const tables: readonly Table[] = [
  {
    name: 'nothing',
    source: [],
    destination: [],
    missing: [`source ${download}`, `destination ${download}`, `destination ${upload}`, `destination ${create}`],
  },
  {
    name: 'all but reading the source',
    source: [look],
    destination: [look, download, upload, create],
    missing: [`source ${download}`],
  },
  {
    name: 'reading alone',
    source: [look, download],
    destination: [look, download],
    missing: [`destination ${upload}`, `destination ${create}`],
  },
  {
    name: 'no look at the repositories themselves',
    source: [download],
    destination: [download, upload],
    missing: [`destination ${create}`],
  },
  {
    name: 'no upload',
    source: [look, download],
    destination: [look, download, create, update],
    missing: [`destination ${upload}`],
  },
  {
    name: 'no reading back',
    source: [look, download],
    destination: [look, upload, create],
    missing: [`destination ${download}`],
  },
  {
    name: 'a tag that would move, and no update',
    source: [look, download],
    destination: [look, download, upload, create],
    moves: true,
    missing: [`destination ${update}`],
  },
  { name: 'everything', source: [look, download], destination: [look, download, upload, create], missing: [] },
];

describe('promote check', () => {
  let stage: GoogleStage;
  const content = singleImage('check', [200]);

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  function closedRoute(table: Pick<Table, 'source' | 'destination'>): Route {
    const route = stage.route(content, europe);
    const { iam } = stage.world;
    iam.deny(buildAccount, `${us}/${route.sourceKey}`);
    iam.deny(buildAccount, `${europe}/${route.destinationKey}`);
    iam.permit(buildAccount, `${us}/${route.sourceKey}`, table.source);
    iam.permit(buildAccount, `${europe}/${route.destinationKey}`, table.destination);
    return route;
  }

  it.each(tables)(
    'of $name: exactly what is missing, in one run; copy succeeds after the printed grants',
    async (table) => {
      const route = closedRoute(table);
      if (table.moves) {
        const other = singleImage('check, the other', [100]);
        for (const { digest, mediaType, bytes } of other.manifests) route.live.putManifest(digest, mediaType, bytes);
        route.live.tags.set('v1', other.root.digest);
      }
      const options = [route.source, route.destination, ...(table.moves ? ['--allow-move'] : [])];

      const { status, stdout } = await runPromote(['check', ...options, '--format', 'json'], stage.world.environment);
      const { identity, findings } = readCheck(stdout);
      expect(identity).toBe(buildAccount);
      const lacking = findings.filter((finding) => finding.status === 'missing');
      expect(lacking.map(({ side, subject }) => `${side} ${subject}`)).toEqual(table.missing);
      expect(status).toBe(table.missing.length === 0 ? 0 : 3);
      expect(stage.world.server.requests.filter(({ method }) => !['GET', 'HEAD', 'POST'].includes(method))).toEqual([]);
      expect(holds(route.live, content, 'v1')).toBe(false);

      const fixes = [...new Set(lacking.flatMap(({ fix }) => fix ?? []))];
      const roles = enterGrants(fixes.join('\n'), stage.world.iam).map((grant) => grant.split(' ').at(-1));
      const writes = table.missing.some((each) => [upload, create, update].some((name) => each.endsWith(name)));
      expect(roles).toEqual([
        ...(table.missing.some((each) => each.startsWith('source')) ? ['reader'] : []),
        ...(table.missing.some((each) => each.startsWith('destination')) ? [writes ? 'writer' : 'reader'] : []),
      ]);
      const copied = await stage.promote(route, ...options.slice(2));
      expect(copied.status).toBe(0);
      expect(holds(route.live, content, 'v1')).toBe(true);
    },
  );

  it('asks for no more than it says: without what it calls missing, copy fails', async () => {
    for (const table of tables.filter(({ missing, moves }) => missing.length === 1 && !moves)) {
      const route = closedRoute(table);
      expect((await stage.promote(route)).status, table.name).toBe(3);
    }
  });
});
