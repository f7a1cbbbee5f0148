import { describe, expect, it } from 'vitest';
import { command, copied, digest, file, production, refusal, selected, staged, step } from './reading.ts';

const apps = 'us-docker.pkg.dev/staging/apps';
const live = 'us-docker.pkg.dev/prod/apps';
const lists = { ...step, _IMAGE: undefined };

describe('several destinations', () => {
  it('are a list of --dest, each with its tag or the ones of --dest-tag', async () => {
    const others = ['eu.gcr.io/prod/api:v2', 'docker.io/prod/api'];
    expect(await copied(`--source ${staged} --dest ${others.join(',')}`)).toEqual([
      `${staged} → eu.gcr.io/prod/api:v2 docker.io/prod/api:v1`,
    ]);
    expect(await copied(`--source ${staged} --dest docker.io/a/api --dest docker.io/b/api --dest-tag x,y`)).toEqual([
      `${staged} → docker.io/a/api:x docker.io/a/api:y docker.io/b/api:x docker.io/b/api:y`,
    ]);
    expect(await copied('', { _SOURCE: staged, _DEST: `${production} docker.io/prod/api` })).toEqual([
      `${staged} → ${production} docker.io/prod/api:v1`,
    ]);
  });

  it.each([
    [`--source ${staged} --dest ${production},${production}`, 'is named twice'],
    [`--source ${staged} --dest ${production},${staged}`, 'source and destination are the same'],
    [`--source ${staged} --dest ${production},docker.io/api@${digest}`, '--dest has a digest'],
    [`--source ${staged} --dest ${production},docker.io/p/api --dest-project prod`, 'but --dest has nothing there'],
  ])('%s is refused', async (argv, expected) => {
    expect(await refusal(argv)).toContain(expected);
  });
});

describe('--images-file', () => {
  const untagged = { ...lists, _TAG: undefined };

  it('has an image a line, or a source and its destination', async () => {
    const content = [
      '# the release',
      '',
      '  api   # takes --tag',
      'web:v7',
      `worker@${digest}\t${live}/worker:v1`,
      `${apps}/team/db:v2`,
      'team/cache:v3\r',
    ].join('\n');
    expect(await copied(`--images-file ${file(content)}`, lists)).toEqual([
      `${apps}/api:v1 → ${live}/api:v1`,
      `${apps}/web:v7 → ${live}/web:v7`,
      `${apps}/worker@${digest} → ${live}/worker:v1`,
      `${apps}/team/db:v2 → ${live}/team/db:v2`,
      `${apps}/team/cache:v3 → ${live}/team/cache:v3`,
    ]);
  });

  it('may send two sources to one destination: whether they are the same, the plan says', async () => {
    const line = `${apps}/web:v1 ${live}/api:v1`;
    expect(await copied(`--images-file ${file(`api:v1\n${line}`)}`, untagged)).toEqual([
      `${apps}/api:v1 → ${live}/api:v1`,
      `${apps}/web:v1 → ${live}/api:v1`,
    ]);
  });

  it('joins --image, and needs no repository where every line is whole', async () => {
    expect(await copied(`--images-file ${file('web')}`, step)).toEqual([
      `${staged} → ${production}`,
      `${apps}/web:v1 → ${live}/web:v1`,
    ]);
    const whole = file(`${staged} ${production}\ndocker.io/library/nginx:1 ${live}/nginx`);
    expect(await copied(`--images-file ${whole}`)).toEqual([
      `${staged} → ${production}`,
      `docker.io/library/nginx:1 → ${live}/nginx:1`,
    ]);
  });

  it('gives each line without a tag every tag of --tag', async () => {
    expect(await copied(`--images-file ${file(`${apps}/api docker.io/prod/api`)} --tag a,b`)).toEqual([
      `${apps}/api:a → docker.io/prod/api:a`,
      `${apps}/api:b → docker.io/prod/api:b`,
    ]);
  });

  it.each([
    ['api:v1\nweb:v1:v2\n', /^line 2 of "/],
    ['api:v1\n\n#\nApi:v1\n', /^line 4 of ".*": reference .* in the path is not lower-case/],
    ['a b c', /^line 1 of ".*" has 3 words: "a b c"/],
    [`${staged} ${production}@${digest}`, /^line 1 of ".*" has a digest/],
    [`${staged} api:v1`, /^line 1 of ".*": reference "api:v1" names no registry host/],
    [`api:v1\n${apps}/api ${live}/api`, /^line 2 of ".*" has neither a tag nor a digest/],
    [`api@${digest}`, /^line 1 of ".*": the destination of .* has no tag/],
    ['# nothing\n\n', /^--images-file: ".*" names no image/],
    ['api:v1\rweb:v1', /^line 1 of ".*" holds a control character: "api:v1\\u\{d\}web:v1"/],
    ['api:v1\n\u001b[8mweb:v1', /^line 2 of ".*" holds a control character: "\\u\{1b\}\[8mweb:v1"/],
    ['api:v1\u2028web:v1', /^line 1 of ".*" holds a control character: "api:v1\\u\{2028\}web:v1"/],
    ['api:v1 # one\nweb\u000b:v1', /^line 2 of ".*" holds a control character/],
    [`${staged} ${staged}`, /^line 1 of ".*": source and destination are the same/],
  ])('%j is refused, and the line named', async (text, expected) => {
    const env = text.endsWith(staged) ? {} : untagged;
    expect(await refusal(`--images-file ${file(text)}`, env)).toMatch(expected);
  });

  it('is held to what a trigger pins', async () => {
    const from = file('us-docker.pkg.dev/elsewhere/apps/api:v1');
    expect(await refusal(`--images-file ${from}`, untagged)).toMatch(
      /_SOURCE_PROJECT is "staging", but line 1 of ".*" has "elsewhere" there/,
    );
    const to = file(`${staged} us-docker.pkg.dev/elsewhere/apps/api:v1`);
    expect(await refusal(`--images-file ${to}`, untagged)).toMatch(
      /_DEST_PROJECT is "prod", but line 1 of ".*" has "elsewhere" there/,
    );
  });

  it.each([
    ['--images-file /nowhere/at/all', 'cannot read "/nowhere/at/all"'],
    ['--images-file /dev/zero', '"/dev/zero" holds more than 33554432 bytes'],
    [`--images-file ${file('web:v1')} --source ${staged}`, '--source and --images-file exclude each other'],
    [`--images-file ${file('web')}`, 'has neither a tag nor a digest'],
    [
      `--images-file ${file(`${staged} ${production}`)} --dest ${production}`,
      '--dest is given, and the line names a destination too',
    ],
  ])('%s is refused', async (argv, expected) => {
    expect(await refusal(argv, argv.includes('--dest') ? {} : untagged)).toContain(expected);
  });
});

describe('--all-tags', () => {
  it.each([
    ['--all-tags --image api', lists, [`image ${apps}/api → ${live}/api`]],
    [
      '--all-tags',
      { ...step, _TAG: '', _IMAGE: 'api web' },
      [`image ${apps}/api → ${live}/api`, `image ${apps}/web → ${live}/web`],
    ],
    ['', { ...step, _TAG: undefined, _ALL_TAGS: 'true' }, [`image ${apps}/api → ${live}/api`]],
    [`--all-tags ${apps}/api docker.io/prod/api2`, {}, [`image ${apps}/api → docker.io/prod/api2`]],
    [
      `--all-tags --source ${apps}/api --dest ${live}/api,docker.io/p/api`,
      {},
      [`image ${apps}/api → ${live}/api docker.io/p/api`],
    ],
    ['--all-tags --dest-image api2', { ...step, _TAG: undefined }, [`image ${apps}/api → ${live}/api2`]],
  ])('%s %o', async (argv, env, expected) => {
    expect(await selected(argv, { ...env, _TAG: undefined })).toEqual(expected);
  });

  it('leaves an image with a tag of its own as it is', async () => {
    const argv = '--all-tags --image api,web:v7';
    expect(await selected(argv, { ...lists, _TAG: undefined })).toEqual([`image ${apps}/api → ${live}/api`]);
    expect(await copied(argv, { ...lists, _TAG: undefined })).toEqual([`${apps}/web:v7 → ${live}/web:v7`]);
  });

  it('takes its filter from the options', async () => {
    const { request } = await command(
      'copy',
      `--all-tags ${apps}/api ${live}/api --include v*,r[0-9]* --exclude *-rc? --newest 20 --untagged --no-attached --keep-going`,
    );
    expect(request.selections[0]?.filter).toEqual({
      include: ['v*', 'r[0-9]*'],
      exclude: ['*-rc?'],
      newest: 20,
      untagged: true,
    });
    expect(request.policy).toMatchObject({ attached: 'leave', onFailure: 'keep going' });
  });
});

describe('--recursive', () => {
  it.each([
    ['--recursive', lists, [`repository ${apps} → ${live}`]],
    ['--recursive --image team', lists, [`repository ${apps}/team → ${live}/team`]],
    ['--recursive --image a,b', lists, [`repository ${apps}/a → ${live}/a`, `repository ${apps}/b → ${live}/b`]],
    ['--recursive --image a --dest-image b', lists, [`repository ${apps}/a → ${live}/b`]],
    [`--recursive ${apps} ${live}`, {}, [`repository ${apps} → ${live}`]],
    ['--recursive 127.0.0.1:5000/a 127.0.0.1:5001/b/c', {}, ['repository 127.0.0.1:5000/a → 127.0.0.1:5001/b/c']],
    [`--recursive gcr.io/staging gcr.io/prod`, {}, ['repository gcr.io/staging → gcr.io/prod']],
    [`verify --recursive ${apps} ${live}`, {}, [`repository ${apps} → ${live}`]],
    [
      `--recursive --source docker.io/library`,
      { LOCATION: 'us', _DEST_PROJECT: 'prod', _DEST_REPO: 'apps' },
      [`repository docker.io/library → ${live}`],
    ],
  ])('%s %o', async (argv, env, expected) => {
    expect(await selected(argv, { ...env, _TAG: undefined })).toEqual(expected);
  });
});

describe('what a selection does not go with', () => {
  it.each([
    ['--all-tags', step, '_TAG and --all-tags exclude each other'],
    ['--recursive --dest-tag v1', { ...lists, _TAG: '' }, '--dest-tag and --recursive exclude each other'],
    [`--all-tags --expect-digest ${digest}`, { ...step, _TAG: '' }, '--expect-digest and --all-tags exclude'],
    [
      '--all-tags',
      { ...step, _TAG: '', _IMAGE: 'api:v1' },
      '--all-tags is given, but us-docker.pkg.dev/staging/apps/api:v1',
    ],
    [`--recursive ${staged} ${live}`, {}, `--recursive is given, but ${staged} carries its own tag`],
    [`--all-tags ${apps}/api ${live}/api:v1`, {}, 'keeps the tags that it has'],
    [`--all-tags ${apps} ${live}`, {}, 'names no image below a repository'],
    ['--recursive us-docker.pkg.dev/staging us-docker.pkg.dev/prod', {}, 'names no repository'],
    [`--recursive ${apps} ${apps}`, {}, 'source and destination are the same'],
    [`--recursive ${apps} ${apps}/copy`, {}, 'lies below the source'],
    [`--recursive us.gcr.io/p us-docker.pkg.dev/p/us.gcr.io/copy`, {}, 'lies below the source'],
    ['--recursive 127.0.0.1:5000/p [::1]:5000/p/copy', {}, 'lies below the source'],
    ['--include v*', step, '--include chooses from what --all-tags or --recursive finds'],
    ['--newest 3', step, '--newest chooses from'],
    ['--untagged', step, '--untagged chooses from'],
    [`--all-tags ${apps}/api ${live}/api --newest 0`, {}, '--newest: "0" is not a whole number from 1'],
    [
      `--all-tags ${apps}/api ${live}/api --include team/*`,
      {},
      '--include: "team/*" is not a glob that tags can match',
    ],
    [`--all-tags ${apps}/api ${live}/api --exclude v[9-1]`, {}, '"v[9-1]" is not a glob'],
    [`--all-tags --image a,b --dest docker.io/p/a`, { ...lists, _TAG: '' }, '--dest is for one source'],
    ['--all-tags=perhaps', step, 'is neither true'],
  ])('%s %o', async (argv, env, expected) => {
    expect(await refusal(argv, env)).toContain(expected);
  });
});
