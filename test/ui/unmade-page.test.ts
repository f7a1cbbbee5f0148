import { expect, it } from 'vitest';
import { startPage } from '../../src/commands/page.ts';
import { Log } from '../../src/ui/log.ts';
import { textFormat } from '../../src/ui/log-format.ts';
import { report } from './report-fixture.ts';

it('a page that cannot be made is only a warning: the promotion happened', async () => {
  const log = new Log({ write: () => true }, textFormat(false), 'normal', Date.now);
  const write = await startPage('/no/page', { env: {}, log });
  const unreadable = {
    ...report,
    get images(): never {
      throw new Error('a defect');
    },
  };
  await write(unreadable, undefined);
  expect(log.warnings).toEqual(['the report could not be written: a defect']);
});
