import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Access, BasicAccess, OpenAccess, TokenAccess } from '../fake/access.ts';
import { plainBehaviour } from '../fake/behaviour.ts';
import { singleImage } from '../fake/images.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from '../fake/registry.ts';
import { holds, makeRoute, promote } from './route.ts';

const login = { username: 'promoter', password: 'password-canary' };
const encoded = Buffer.from(`${login.username}:${login.password}`).toString('base64');

describe("a registry that is not Google's", () => {
  let open: LoopbackRegistry;
  let folder: string;
  let routes = 0;
  const content = singleImage('login', [100, 1_500_000]);

  beforeAll(async () => {
    open = await startLoopbackRegistry(new OpenAccess(), plainBehaviour());
    folder = await mkdtemp(join(tmpdir(), 'promote-logins-'));
  });
  beforeEach(() => {
    open.server.requests.length = 0;
  });
  afterAll(async () => {
    await open.server.stop();
    await rm(folder, { recursive: true });
  });

  /** Promotes from the open registry to one of that access, with a login for the latter. */
  async function promoted(access: Access, auths: (host: string) => unknown) {
    const closed = await startLoopbackRegistry(access, plainBehaviour());
    await using _server = closed.server;
    routes += 1;
    const route = makeRoute(content, routes, open, closed);
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: auths(closed.host) }));
    const result = await promote([route.source, route.destination, '--verbose'], { DOCKER_CONFIG: folder });
    expect(result.stdout + result.stderr).not.toContain('canary');
    expect(result.stdout + result.stderr).not.toContain(encoded);
    expect(open.server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    return { ...result, closed, isThere: holds(route.live, content, 'v1') };
  }

  it.each<[string, (host: string) => unknown]>([
    ['auth', (host) => ({ [host]: { auth: encoded } })],
    ['username and password', (host) => ({ [host]: login })],
    ['auth under a URL, as old clients wrote it', (host) => ({ [`https://${host}/v1/`]: { auth: encoded } })],
  ])("takes the login from Docker's configuration: %s", async (_what, auths) => {
    const { status, isThere } = await promoted(new BasicAccess(login), auths);
    expect(status).toBe(0);
    expect(isThere).toBe(true);
  });

  it('exchanges the login for a token on its own origin, which gets the login; everyone else the token', async () => {
    const { status, isThere, closed } = await promoted(new TokenAccess(login), (host) => ({
      [host]: { auth: encoded },
    }));
    expect(status).toBe(0);
    expect(isThere).toBe(true);
    const asked = closed.server.seen('GET', /^\/token/);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(asked.every(({ headers }) => headers.authorization === `Basic ${encoded}`)).toBe(true);
  });

  it('exchanges nothing for a token where everyone gets one', async () => {
    const { status, isThere } = await promoted(new TokenAccess(), () => ({}));
    expect(status).toBe(0);
    expect(isThere).toBe(true);
  });

  it.each<[string, () => string]>([
    ['over plain HTTP', () => `http://${open.host}/token`],
    ['at a private address', () => 'https://127.0.0.1:9/token'],
    ['at a name of a private address', () => `https://localhost:${open.host.split(':')[1]}/token`],
    ['that is no URL', () => 'nowhere:'],
  ])('S7 S9 never sends the login to a realm on another origin, %s: exit 3', async (_what, realm) => {
    const access = new TokenAccess(login);
    access.realm = realm();
    const connections = open.server.connections;
    const { status, report } = await promoted(access, (host) => ({ [host]: { auth: encoded } }));
    expect(status).toBe(3);
    expect(report.error?.code).toBe('UNAUTHENTICATED');
    expect(open.server.seen('GET', /token/)).toEqual([]);
    expect(open.server.connections - connections).toBeLessThanOrEqual(1);
  });

  it.each<[string, (host: string) => unknown]>([
    ['without a login', () => ({})],
    ['with the wrong password', (host) => ({ [host]: { username: login.username, password: 'other-canary' } })],
    ["with another host's login", () => ({ 'registry.example': { auth: encoded } })],
  ])('refuses us %s: exit 3', async (_what, auths) => {
    const { status, report, isThere } = await promoted(new BasicAccess(login), auths);
    expect(status).toBe(3);
    expect(report.error).toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringContaining('destination') });
    expect(isThere).toBe(false);
  });

  it('reads the login from HOME where DOCKER_CONFIG is not given', async () => {
    const closed = await startLoopbackRegistry(new BasicAccess(login), plainBehaviour());
    await using _server = closed.server;
    const route = makeRoute(content, 1000, open, closed);
    await mkdir(join(folder, 'home/.docker'), { recursive: true });
    const config = JSON.stringify({ auths: { [closed.host]: { auth: encoded } } });
    await writeFile(join(folder, 'home/.docker/config.json'), config);
    const { status } = await promote([route.source, route.destination], { HOME: join(folder, 'home') });
    expect(status).toBe(0);
  });

  it('whose configuration is malformed: exit 2', async () => {
    const route = makeRoute(content, 1001, open, open);
    const other = await mkdtemp(join(folder, 'malformed-'));
    await writeFile(join(other, 'config.json'), '{');
    const { status, report } = await promote([route.source, route.destination], { DOCKER_CONFIG: other });
    expect(status).toBe(2);
    expect(report.error?.message).toContain('Docker configuration');
  });
});
